# Each type of attribute, and the ways to say how long it may be.
resource "aws_cognito_user_pool" "attributes" {
  name = "attributes"

  schema {
    name                = "family_name"
    attribute_data_type = "String"
    mutable             = true
    required            = true

    string_attribute_constraints {
      min_length = "0"
      max_length = "2048"
    }
  }

  schema {
    name                = "birthdate"
    attribute_data_type = "String"
    mutable             = false
    required            = false

    string_attribute_constraints {
      min_length = "10"
      max_length = "10"
    }
  }

  schema {
    name                     = "unbounded"
    attribute_data_type      = "String"
    developer_only_attribute = false
    mutable                  = true
    required                 = false

    string_attribute_constraints {}
  }

  schema {
    name                = "half"
    attribute_data_type = "String"
    mutable             = false

    string_attribute_constraints {
      max_length = "7"
    }
  }

  schema {
    name                     = "internal"
    attribute_data_type      = "Boolean"
    developer_only_attribute = true
    mutable                  = true
  }

  schema {
    name                = "level"
    attribute_data_type = "Number"
    mutable             = true

    number_attribute_constraints {
      min_value = "1"
      max_value = "99"
    }
  }

  schema {
    name                = "count"
    attribute_data_type = "Number"

    number_attribute_constraints {
      min_value = "5"
    }
  }

  schema {
    name                = "since"
    attribute_data_type = "DateTime"
    mutable             = true
  }

  # Attributes can be added; the provider refuses to change or to remove any.
  dynamic "schema" {
    for_each = local.added_attributes

    content {
      name                = schema.value
      attribute_data_type = "String"
      mutable             = true

      string_attribute_constraints {
        min_length = "2"
        max_length = "20"
      }
    }
  }
}

# The journey changes it behind Terraform's back.
resource "aws_cognito_user_group" "steady" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = "steady"
  description  = "The same in both states."
}
