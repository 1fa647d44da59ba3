module "naming" {
  source = "../.."

  namespace   = "acme"
  environment = "prod"
  name        = "user-uploads"
  attributes  = ["logs"]
  max_length  = 63 # an S3 bucket's limit

  tags = {
    Team = "storage"
  }
}

output "id" {
  description = "acme-prod-user-uploads-logs"
  value       = module.naming.id
}

output "tags" {
  description = "Tags for the resource"
  value       = module.naming.tags
}
