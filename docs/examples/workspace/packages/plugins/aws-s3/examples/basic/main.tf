provider "aws" {
  region = "eu-west-1"
}

module "uploads" {
  source = "../.."

  name = "acme-prod-uploads"

  lifecycle_rules = [
    {
      id          = "archive-reports"
      prefix      = "reports/"
      transitions = [{ days = 30, storage_class = "STANDARD_IA" }]
    },
    {
      id              = "drop-temporary"
      prefix          = "tmp/"
      expiration_days = 7
    },
  ]

  policy_documents = [data.aws_iam_policy_document.read.json]

  tags = {
    Team = "storage"
  }
}

data "aws_caller_identity" "current" {}

# The ARN of the bucket may be used in a policy that is handed back to the module.
data "aws_iam_policy_document" "read" {
  statement {
    sid       = "AuditorsRead"
    actions   = ["s3:GetObject"]
    resources = ["${module.uploads.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/auditor"]
    }
  }
}

output "arn" {
  description = "ARN of the bucket"
  value       = module.uploads.arn
}
