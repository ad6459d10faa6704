# The provider as README.md and docs/infrastructure.md configure it.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "anything"
  secret_key                  = "anything"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  max_retries                 = 1

  endpoints {
    cognitoidp = var.endpoint
  }
}

locals {
  lambda = "arn:aws:lambda:us-east-1:000000000000:function"
  kms    = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
  role   = "arn:aws:iam::000000000000:role"
  ses    = "arn:aws:ses:us-east-1:000000000000:identity"

  # A PNG of one pixel.
  picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGMwTpsJAAICATNWh+JUAAAAAElFTkSuQmCC"
}
