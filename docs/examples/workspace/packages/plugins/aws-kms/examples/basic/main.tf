provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

module "key" {
  source = "../.."

  name           = "acme-prod-uploads"
  administrators = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/platform"]
  users          = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/uploader"]
  services       = ["events.amazonaws.com"]
}

output "arn" {
  description = "ARN of the key"
  value       = module.key.arn
}
