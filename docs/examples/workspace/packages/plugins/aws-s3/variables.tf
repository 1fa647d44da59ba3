variable "name" {
  description = "Name of the bucket, unique in the whole of AWS."
  type        = string
  nullable    = false

  # Dots are allowed by S3, but break TLS for `https://name.s3.amazonaws.com`.
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 63 lower-case letters, digits and hyphens, and start and end with a letter or digit."
  }

  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$", var.name))
    error_message = "name must not start with xn--, sthree- or amzn-s3-demo-, nor end in -s3alias, --ol-s3, --x-s3 or --table-s3: S3 keeps them for itself."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the objects; null encrypts with keys of S3 (SSE-S3)."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key, not an id or an alias."
  }
}

variable "versioning" {
  description = "Whether S3 keeps what is overwritten or deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "noncurrent_version_expiration_days" {
  description = "Days that an overwritten or deleted version is kept; null keeps it for ever."
  type        = number
  default     = 90

  validation {
    condition     = var.noncurrent_version_expiration_days == null ? true : var.noncurrent_version_expiration_days >= 1 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days must be a whole number of 1 or more, or null."
  }
}

variable "abort_incomplete_multipart_upload_days" {
  description = "Days after which the parts of an unfinished upload, which are paid for and not listed, are deleted."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.abort_incomplete_multipart_upload_days >= 1 && floor(var.abort_incomplete_multipart_upload_days) == var.abort_incomplete_multipart_upload_days
    error_message = "abort_incomplete_multipart_upload_days must be a whole number of 1 or more."
  }
}

variable "lifecycle_rules" {
  description = "Rules that expire objects, or move them to another storage class, by the prefix of their key."
  type = list(object({
    id              = string
    enabled         = optional(bool, true)
    prefix          = optional(string, "")
    expiration_days = optional(number)
    transitions = optional(list(object({
      days          = number
      storage_class = string
    })), [])
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(distinct(concat(var.lifecycle_rules[*].id, ["abort-incomplete-multipart-uploads", "expire-noncurrent-versions"]))) == length(var.lifecycle_rules) + 2
    error_message = "each of lifecycle_rules must have an id of its own, other than \"abort-incomplete-multipart-uploads\" and \"expire-noncurrent-versions\"."
  }

  validation {
    condition     = alltrue([for rule in var.lifecycle_rules : rule.expiration_days != null || length(rule.transitions) > 0])
    error_message = "each of lifecycle_rules must have expiration_days or transitions."
  }

  validation {
    condition     = alltrue([for rule in var.lifecycle_rules : rule.expiration_days == null ? true : rule.expiration_days >= 1])
    error_message = "expiration_days of lifecycle_rules must be 1 or more."
  }

  validation {
    condition = alltrue(flatten([
      for rule in var.lifecycle_rules : [
        for transition in rule.transitions :
        contains(["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], transition.storage_class)
      ]
    ]))
    error_message = "storage_class of lifecycle_rules must be STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER or DEEP_ARCHIVE."
  }

  validation {
    condition = alltrue(flatten([
      for rule in var.lifecycle_rules : [
        for transition in rule.transitions :
        transition.days >= (contains(["STANDARD_IA", "ONEZONE_IA"], transition.storage_class) ? 30 : 0)
      ]
    ]))
    error_message = "days of a transition must be 0 or more, and 30 or more for STANDARD_IA and ONEZONE_IA."
  }
}

variable "access_log" {
  description = "Bucket that takes this bucket's access logs, and the prefix of their keys (the bucket's name and `/` unless set); null keeps no logs."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
}

variable "policy_documents" {
  description = "JSON policy documents whose statements are added to the bucket policy."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for document in var.policy_documents : can(jsondecode(document).Statement)])
    error_message = "each of policy_documents must be a JSON policy document with a Statement."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may delete a bucket that holds objects, and all of them with it."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
