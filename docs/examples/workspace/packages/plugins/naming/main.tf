locals {
  words   = concat(compact([var.namespace, var.environment, var.name]), var.attributes)
  id_full = join(var.delimiter, local.words)

  # Eight hex digits keep two long names apart that share their beginning, and are the same on every run.
  hash      = substr(sha256(local.id_full), 0, 8)
  truncated = var.max_length == null ? false : length(local.id_full) > var.max_length
  room      = local.truncated ? var.max_length - length(var.delimiter) - length(local.hash) : 0

  # A cut may fall behind a separator; two in a row, or one at the end, are invalid in many names.
  stem = replace(substr(local.id_full, 0, local.room), "/[-_./]+$/", "")
  id   = local.truncated ? join(var.delimiter, [local.stem, local.hash]) : local.id_full

  own_tags = {
    Name        = local.id
    Namespace   = var.namespace
    Environment = var.environment
  }
  tags = tomap(merge(var.tags, { for key, value in local.own_tags : key => value if value != null }))
}
