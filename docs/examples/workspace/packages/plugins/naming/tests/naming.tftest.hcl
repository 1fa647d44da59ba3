run "joins_the_parts_in_order" {
  variables {
    namespace   = "acme"
    environment = "prod"
    name        = "user-uploads"
    attributes  = ["logs", "eu"]
  }

  assert {
    condition     = output.id == "acme-prod-user-uploads-logs-eu"
    error_message = "got ${output.id}"
  }

  assert {
    condition     = output.parts.attributes == tolist(["logs", "eu"])
    error_message = "the parts must be handed on"
  }
}

run "leaves_out_what_is_not_set" {
  variables {
    name = "uploads"
  }

  assert {
    condition     = output.id == "uploads" && !output.truncated
    error_message = "got ${output.id}"
  }

  assert {
    condition     = output.tags == tomap({ Name = "uploads" })
    error_message = "a part that is not set must not become a tag"
  }
}

run "adds_tags" {
  variables {
    namespace   = "acme"
    environment = "dev"
    name        = "queue"
    tags        = { Team = "core" }
  }

  assert {
    condition = output.tags == tomap({
      Name        = "acme-dev-queue"
      Namespace   = "acme"
      Environment = "dev"
      Team        = "core"
    })
    error_message = "got ${jsonencode(output.tags)}"
  }
}

run "an_id_of_exactly_the_limit_stays" {
  variables {
    name       = "abcdefghijkl"
    max_length = 12
  }

  assert {
    condition     = output.id == "abcdefghijkl" && !output.truncated
    error_message = "got ${output.id}"
  }
}

run "cuts_a_long_id_with_a_hash" {
  variables {
    namespace  = "acme"
    name       = "a-very-long-name-for-a-bucket"
    max_length = 20
  }

  assert {
    condition     = output.truncated && length(output.id) <= 20
    error_message = "got ${output.id}"
  }

  assert {
    condition     = output.id == "acme-a-very-${substr(sha256("acme-a-very-long-name-for-a-bucket"), 0, 8)}"
    error_message = "got ${output.id}"
  }
}

run "keeps_apart_what_only_differs_behind_the_cut" {
  variables {
    namespace  = "acme"
    name       = "a-very-long-name-for-a-queue"
    max_length = 20
  }

  assert {
    condition     = output.id != run.cuts_a_long_id_with_a_hash.id
    error_message = "both are ${output.id}"
  }
}

run "cuts_without_a_delimiter" {
  variables {
    name       = "abcdefghijklmnop"
    delimiter  = ""
    max_length = 12
  }

  assert {
    condition     = output.id == "abcd${substr(sha256("abcdefghijklmnop"), 0, 8)}"
    error_message = "got ${output.id}"
  }
}

run "refuses_upper_case" {
  command = plan

  variables {
    name = "Uploads"
  }

  expect_failures = [var.name]
}

run "refuses_a_limit_without_room_for_the_hash" {
  command = plan

  variables {
    name       = "uploads"
    max_length = 8
  }

  expect_failures = [var.max_length]
}

run "refuses_a_tag_that_it_makes_itself" {
  command = plan

  variables {
    name = "uploads"
    tags = { Name = "other" }
  }

  expect_failures = [var.tags]
}
