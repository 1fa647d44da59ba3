variable "name" {
  description = "What the resource is for, such as `uploads`. Part of the id."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.name))
    error_message = "name must be lower-case letters and digits, in words joined by single hyphens, such as \"user-uploads\"."
  }
}

variable "namespace" {
  description = "Who owns the resource, such as an organisation or a team. First part of the id; null leaves it out."
  type        = string
  default     = null

  validation {
    condition     = var.namespace == null ? true : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.namespace))
    error_message = "namespace must be lower-case letters and digits, in words joined by single hyphens, such as \"acme\"."
  }
}

variable "environment" {
  description = "Where the resource runs, such as `dev` or `prod`. Second part of the id; null leaves it out."
  type        = string
  default     = null

  validation {
    condition     = var.environment == null ? true : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.environment))
    error_message = "environment must be lower-case letters and digits, in words joined by single hyphens, such as \"prod\"."
  }
}

variable "attributes" {
  description = "Further parts, appended to the id in this order, such as `[\"logs\"]`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for part in var.attributes : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", part))])
    error_message = "each of attributes must be lower-case letters and digits, in words joined by single hyphens."
  }

  validation {
    condition     = length(distinct(var.attributes)) == length(var.attributes)
    error_message = "attributes must not repeat a part."
  }
}

variable "delimiter" {
  description = "What stands between the parts of the id: `-`, `_`, `.`, `/` or nothing."
  type        = string
  default     = "-"
  nullable    = false

  validation {
    condition     = contains(["-", "_", ".", "/", ""], var.delimiter)
    error_message = "delimiter must be one of \"-\", \"_\", \".\", \"/\" and \"\"."
  }
}

variable "max_length" {
  description = "Most characters that the id may have. A longer id is cut and ends in a hash of the whole; null never cuts."
  type        = number
  default     = null

  validation {
    condition     = var.max_length == null ? true : var.max_length >= 12 && floor(var.max_length) == var.max_length
    error_message = "max_length must be a whole number of 12 or more: a delimiter and a hash of 8 digits need their place."
  }
}

variable "tags" {
  description = "Tags to add to those that the module makes."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.tags), ["Name", "Namespace", "Environment"])) == 0
    error_message = "tags must not set Name, Namespace or Environment: they follow from the other inputs."
  }

  validation {
    condition     = alltrue([for key in keys(var.tags) : length(key) >= 1 && length(key) <= 128 && !startswith(lower(key), "aws:")])
    error_message = "each key of tags must have 1 to 128 characters and must not start with \"aws:\"."
  }

  validation {
    condition     = alltrue([for value in values(var.tags) : value == null ? false : length(value) <= 256])
    error_message = "each value of tags must be set and have at most 256 characters."
  }
}
