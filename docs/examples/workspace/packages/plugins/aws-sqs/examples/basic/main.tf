provider "aws" {
  region = "eu-west-1"
}

module "orders" {
  source = "../.."

  name                       = "acme-prod-orders"
  visibility_timeout_seconds = 180

  dead_letter_queue = {
    max_receive_count = 3
  }

  policy_documents = [data.aws_iam_policy_document.send.json]
}

data "aws_caller_identity" "current" {}

# The ARN of the queue may be used in a policy that is handed back to the module.
data "aws_iam_policy_document" "send" {
  statement {
    sid       = "EventsSend"
    actions   = ["sqs:SendMessage"]
    resources = [module.orders.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

output "url" {
  description = "URL of the queue"
  value       = module.orders.url
}
