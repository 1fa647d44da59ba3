variable "name" {
  description = "Alias of the key, without `alias/`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,250}$", var.name))
    error_message = "name must have 1 to 250 letters, digits, hyphens, underscores and slashes."
  }

  validation {
    condition     = !startswith(var.name, "alias/") && !startswith(var.name, "aws/")
    error_message = "name must not start with \"alias/\", which the module adds, nor with \"aws/\", which AWS keeps for itself."
  }
}

variable "additional_aliases" {
  description = "Further aliases of the key, without `alias/`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for alias in var.additional_aliases :
      can(regex("^[A-Za-z0-9/_-]{1,250}$", alias)) && !startswith(alias, "alias/") && !startswith(alias, "aws/")
    ])
    error_message = "each of additional_aliases must have 1 to 250 letters, digits, hyphens, underscores and slashes, and must not start with \"alias/\" or \"aws/\"."
  }
}

variable "description" {
  description = "What the key is for, as the console shows it; null says that it encrypts the data of `name`."
  type        = string
  default     = null

  validation {
    condition     = var.description == null ? true : length(var.description) >= 1 && length(var.description) <= 8192
    error_message = "description must have 1 to 8192 characters."
  }
}

variable "administrators" {
  description = "ARNs of the IAM roles and users that manage the key and cannot use it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "each of administrators must be the ARN of one IAM role or user, without wildcards."
  }
}

variable "users" {
  description = "ARNs of the IAM roles and users, or of whole accounts (`…:root`), that encrypt and decrypt with the key."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.users : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[^*?]+)$", arn))])
    error_message = "each of users must be the ARN of one IAM role, user or account root, without wildcards."
  }
}

variable "services" {
  description = "AWS services that use the key on behalf of this account, such as `events.amazonaws.com`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.services : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)*\\.amazonaws\\.com(\\.cn)?$", service))])
    error_message = "each of services must be a service principal, such as \"events.amazonaws.com\"."
  }
}

variable "policy_documents" {
  description = "JSON policy documents whose statements are added to the key policy."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for document in var.policy_documents : can(jsondecode(document).Statement)])
    error_message = "each of policy_documents must be a JSON policy document with a Statement."
  }
}

variable "rotation_period_in_days" {
  description = "Days from one rotation of the key material to the next."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560 && floor(var.rotation_period_in_days) == var.rotation_period_in_days
    error_message = "rotation_period_in_days must be a whole number from 90 to 2560."
  }
}

variable "deletion_window_in_days" {
  description = "Days from the deletion of the key to the end of its data, in which it can be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "deletion_window_in_days must be a whole number from 7 to 30."
  }
}

variable "multi_region" {
  description = "Whether replicas of the key can be made in other regions. Cannot be changed later."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
