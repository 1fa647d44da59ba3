output "id" {
  description = "The name: the parts joined by the delimiter, never longer than `max_length`."
  value       = local.id
}

output "id_full" {
  description = "The name before it was cut to `max_length`."
  value       = local.id_full
}

output "truncated" {
  description = "Whether the id was cut."
  value       = local.truncated
}

output "tags" {
  description = "The tags of the resource: `Name`, `Namespace` and `Environment` where set, and `tags`."
  value       = local.tags
}

output "parts" {
  description = "The parts that the id is made of, for a name that is built on this one."
  value = {
    namespace   = var.namespace
    environment = var.environment
    name        = var.name
    attributes  = var.attributes
    delimiter   = var.delimiter
  }
}
