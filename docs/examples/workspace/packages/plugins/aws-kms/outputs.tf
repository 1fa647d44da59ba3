output "arn" {
  description = "ARN of the key, for the `kms_key_arn` of what it encrypts."
  value       = aws_kms_key.this.arn
}

output "key_id" {
  description = "Id of the key."
  value       = aws_kms_key.this.key_id
}

output "alias_name" {
  description = "Alias of the key, with `alias/`."
  value       = aws_kms_alias.this[var.name].name
}

output "alias_arns" {
  description = "ARN of each alias, by its name without `alias/`."
  value       = { for name, alias in aws_kms_alias.this : name => alias.arn }
}
