terraform {
  required_version = ">= 1.5"
}

variable "labels" {
  description = "Labels of your own; they win."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "owner" {
  description = "Who answers for the resource."
  type        = string
  nullable    = false
}

output "labels" {
  description = "What to put on the resource."
  value       = merge({ owner = var.owner }, var.labels)
}
