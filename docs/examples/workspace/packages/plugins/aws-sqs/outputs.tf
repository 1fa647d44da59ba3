output "arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.this.arn
}

output "url" {
  description = "URL of the queue, for its producers and consumers."
  value       = aws_sqs_queue.this.url
}

output "name" {
  description = "Name of the queue, with `.fifo` where it is a FIFO queue."
  value       = aws_sqs_queue.this.name
}

output "dead_letter_arn" {
  description = "ARN of the dead-letter queue; null without one."
  value       = one(aws_sqs_queue.dead_letter[*].arn)
}

output "dead_letter_url" {
  description = "URL of the dead-letter queue; null without one."
  value       = one(aws_sqs_queue.dead_letter[*].url)
}

output "dead_letter_name" {
  description = "Name of the dead-letter queue, for an alarm on its depth; null without one."
  value       = one(aws_sqs_queue.dead_letter[*].name)
}
