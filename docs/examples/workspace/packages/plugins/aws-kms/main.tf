data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  root_arn   = "arn:${data.aws_partition.current.partition}:iam::${local.account_id}:root"
  aliases    = toset(concat([var.name], var.additional_aliases))
}

# The statements below win over a statement with the same Sid in policy_documents.
data "aws_iam_policy_document" "key" {
  source_policy_documents = var.policy_documents

  # Without the account itself, a key whose administrators are gone can only be recovered by AWS.
  statement {
    sid       = "AccountAdministersKey"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.administrators) > 0 ? [var.administrators] : []

    content {
      sid       = "AdministratorsManageKey"
      resources = ["*"]

      # No use of the key and no kms:CreateGrant, which would hand out its use.
      actions = [
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:DeleteAlias",
        "kms:DescribeKey",
        "kms:DisableKey",
        "kms:DisableKeyRotation",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListGrants",
        "kms:ListKeyPolicies",
        "kms:ListKeyRotations",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:ReplicateKey",
        "kms:RevokeGrant",
        "kms:RotateKeyOnDemand",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateAlias",
        "kms:UpdateKeyDescription",
        "kms:UpdatePrimaryRegion",
      ]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.users) > 0 ? [var.users] : []

    content {
      sid       = "UsersUseKey"
      resources = ["*"]

      actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  # EBS, RDS and others keep using a key through a grant that they make for the user.
  dynamic "statement" {
    for_each = length(var.users) > 0 ? [var.users] : []

    content {
      sid       = "UsersGrantKeyToServices"
      actions   = ["kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.services) > 0 ? [var.services] : []

    content {
      sid       = "ServicesUseKey"
      resources = ["*"]

      actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
      ]

      principals {
        type        = "Service"
        identifiers = statement.value
      }

      # Without it, a service could be made to use the key for a stranger's account.
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  description             = coalesce(var.description, "Encrypts the data of ${var.name}")
  policy                  = data.aws_iam_policy_document.key.json
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  deletion_window_in_days = var.deletion_window_in_days
  multi_region            = var.multi_region
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  for_each = local.aliases

  name          = "alias/${each.value}"
  target_key_id = aws_kms_key.this.key_id
}
