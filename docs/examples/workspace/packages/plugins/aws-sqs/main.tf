locals {
  suffix   = var.fifo ? ".fifo" : ""
  has_dlq  = var.dead_letter_queue != null
  dlq_name = "${var.name}-dlq${local.suffix}"
}

resource "aws_sqs_queue" "this" {
  name = "${var.name}${local.suffix}"

  # SSE-SQS and SSE-KMS exclude each other: the one that is not used must be null.
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : var.kms_data_key_reuse_period_seconds

  fifo_queue                  = var.fifo
  content_based_deduplication = var.fifo ? var.content_based_deduplication : null
  deduplication_scope         = var.high_throughput_fifo ? "messageGroup" : null
  fifo_throughput_limit       = var.high_throughput_fifo ? "perMessageGroupId" : null

  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.message_retention_seconds
  receive_wait_time_seconds  = var.receive_wait_time_seconds
  delay_seconds              = var.delay_seconds
  max_message_size           = var.max_message_size

  tags = var.tags

  lifecycle {
    precondition {
      condition     = var.fifo || !(var.content_based_deduplication || var.high_throughput_fifo)
      error_message = "content_based_deduplication and high_throughput_fifo need fifo = true."
    }
  }
}

resource "aws_sqs_queue" "dead_letter" {
  count = local.has_dlq ? 1 : 0

  name = local.dlq_name

  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : var.kms_data_key_reuse_period_seconds

  fifo_queue                = var.fifo
  message_retention_seconds = var.dead_letter_queue.message_retention_seconds
  receive_wait_time_seconds = var.receive_wait_time_seconds
  max_message_size          = var.max_message_size

  tags = var.tags

  lifecycle {
    # In a standard queue a message keeps its age when it moves: with less time it would be gone on arrival.
    precondition {
      condition     = var.dead_letter_queue.message_retention_seconds >= var.message_retention_seconds
      error_message = "dead_letter_queue.message_retention_seconds must not be less than message_retention_seconds."
    }
  }
}

resource "aws_sqs_queue_redrive_policy" "this" {
  count = local.has_dlq ? 1 : 0

  queue_url = aws_sqs_queue.this.id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[0].arn
    maxReceiveCount     = var.dead_letter_queue.max_receive_count
  })
}

# No other queue of the account may use the dead-letter queue as its own.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  count = local.has_dlq ? 1 : 0

  queue_url = aws_sqs_queue.dead_letter[0].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this.arn]
  })
}

# The statement below wins over a statement with the same Sid in policy_documents.
data "aws_iam_policy_document" "this" {
  source_policy_documents = var.policy_documents

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.this.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy    = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "dead_letter" {
  count = local.has_dlq ? 1 : 0

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.dead_letter[0].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "dead_letter" {
  count = local.has_dlq ? 1 : 0

  queue_url = aws_sqs_queue.dead_letter[0].id
  policy    = data.aws_iam_policy_document.dead_letter[0].json
}
