variable "name" {
  description = "Name of the queue. The module adds `.fifo` to a FIFO queue and `-dlq` to the dead-letter queue."
  type        = string
  nullable    = false

  # 80 characters is the limit of SQS, and `-dlq.fifo` needs nine of them.
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,71}$", var.name))
    error_message = "name must have 1 to 71 letters, digits, hyphens and underscores; \".fifo\" is added by the module."
  }
}

variable "fifo" {
  description = "Whether the queue keeps the order of its messages. Cannot be changed later."
  type        = bool
  default     = false
  nullable    = false
}

variable "content_based_deduplication" {
  description = "Whether a FIFO queue takes the hash of the body where a message has no deduplication id."
  type        = bool
  default     = false
  nullable    = false
}

variable "high_throughput_fifo" {
  description = "Whether a FIFO queue deduplicates and counts its quota by message group, not by queue."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the messages; null encrypts with keys of SQS (SSE-SQS)."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key, not an id or an alias."
  }
}

variable "kms_data_key_reuse_period_seconds" {
  description = "Seconds that SQS uses a data key before it asks KMS again. More costs less, less limits what a leaked data key opens."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.kms_data_key_reuse_period_seconds >= 60 && var.kms_data_key_reuse_period_seconds <= 86400
    error_message = "kms_data_key_reuse_period_seconds must be from 60 to 86400 (one day)."
  }
}

variable "visibility_timeout_seconds" {
  description = "Seconds that a received message is hidden from others. Longer than the consumer needs; six times a Lambda's timeout."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.visibility_timeout_seconds >= 0 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be from 0 to 43200 (12 hours)."
  }
}

variable "message_retention_seconds" {
  description = "Seconds that a message is kept if nobody deletes it."
  type        = number
  default     = 345600
  nullable    = false

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1209600
    error_message = "message_retention_seconds must be from 60 to 1209600 (14 days)."
  }
}

variable "receive_wait_time_seconds" {
  description = "Seconds that a receive call waits for a message. 0 asks again and again, and pays for it."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.receive_wait_time_seconds >= 0 && var.receive_wait_time_seconds <= 20
    error_message = "receive_wait_time_seconds must be from 0 to 20."
  }
}

variable "delay_seconds" {
  description = "Seconds before a sent message can be received."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.delay_seconds >= 0 && var.delay_seconds <= 900
    error_message = "delay_seconds must be from 0 to 900 (15 minutes)."
  }
}

variable "max_message_size" {
  description = "Most bytes of a message."
  type        = number
  default     = 262144
  nullable    = false

  validation {
    condition     = var.max_message_size >= 1024 && var.max_message_size <= 262144
    error_message = "max_message_size must be from 1024 to 262144 (256 KiB)."
  }
}

variable "dead_letter_queue" {
  description = "Where a message goes that was received `max_receive_count` times without being deleted; null makes no dead-letter queue."
  type = object({
    max_receive_count         = optional(number, 5)
    message_retention_seconds = optional(number, 1209600)
  })
  default = {}

  validation {
    condition     = var.dead_letter_queue == null ? true : var.dead_letter_queue.max_receive_count >= 1 && var.dead_letter_queue.max_receive_count <= 1000
    error_message = "dead_letter_queue.max_receive_count must be from 1 to 1000."
  }

  validation {
    condition     = var.dead_letter_queue == null ? true : var.dead_letter_queue.message_retention_seconds >= 60 && var.dead_letter_queue.message_retention_seconds <= 1209600
    error_message = "dead_letter_queue.message_retention_seconds must be from 60 to 1209600 (14 days)."
  }
}

variable "policy_documents" {
  description = "JSON policy documents whose statements are added to the policy of the queue."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for document in var.policy_documents : can(jsondecode(document).Statement)])
    error_message = "each of policy_documents must be a JSON policy document with a Statement."
  }
}

variable "tags" {
  description = "Tags of both queues."
  type        = map(string)
  default     = {}
  nullable    = false
}
