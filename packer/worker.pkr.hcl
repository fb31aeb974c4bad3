# The machine image of workers: Ubuntu 24.04 with what `install-worker.sh` puts on it. `scripts/build-ami` calls this.

variable "region" {
  type = string
}

variable "input_hash" {
  type        = string
  description = "Of everything that goes into the image; an image with the same one is not built again."
}

variable "worker_bundle" {
  type        = string
  description = "Directory of the built worker."
}

variable "worker_unit" {
  type        = string
  description = "The systemd unit that runs it."
}

variable "manifest" {
  type        = string
  description = "Where the id of the new image is written to, as JSON."
}

locals {
  name = "seren-replicator-worker-x86_64-${formatdate("YYYYMMDDhhmmss", timestamp())}"
  tags = {
    Name      = "seren-replicator-worker"
    ManagedBy = "seren-replication-system"
    InputHash = var.input_hash
  }
}

source "amazon-ebs" "worker" {
  region        = var.region
  ami_name      = local.name
  instance_type = "m7i.large"
  ebs_optimized = true

  # Canonical's own account.
  source_ami_filter {
    owners      = ["099720109477"]
    most_recent = true
    filters = {
      name                = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
      architecture        = "x86_64"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  # The machine that builds is reached from this address alone, with a key that is made for it.
  communicator                              = "ssh"
  ssh_username                              = "ubuntu"
  temporary_key_pair_type                   = "ed25519"
  temporary_security_group_source_public_ip = true

  # IMDSv2 alone, while it is built and in whatever starts from it.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # The launch template encrypts the volumes of workers; the image itself may be shared between stages unencrypted:
  # it holds nothing but public software.
  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    volume_size           = 10
    delete_on_termination = true
  }

  run_tags        = local.tags
  run_volume_tags = local.tags
  snapshot_tags   = local.tags
  tags            = local.tags
}

build {
  sources = ["source.amazon-ebs.worker"]

  provisioner "shell" {
    inline = ["cloud-init status --wait >/dev/null", "mkdir -p /tmp/seren-replicator/bundle"]
  }

  provisioner "file" {
    source      = "${var.worker_bundle}/"
    destination = "/tmp/seren-replicator/bundle"
  }

  provisioner "file" {
    source      = var.worker_unit
    destination = "/tmp/seren-replicator/seren-replicator-worker.service"
  }

  provisioner "file" {
    source      = "${path.root}/cloudwatch-agent.json"
    destination = "/tmp/seren-replicator/cloudwatch-agent.json"
  }

  # Last: it takes away the way in that the others came by, and itself. Nothing can be run after it.
  provisioner "shell" {
    script          = "${path.root}/install-worker.sh"
    execute_command = "sudo env {{ .Vars }} bash '{{ .Path }}'"
    skip_clean      = true
  }

  post-processor "manifest" {
    output = var.manifest
  }
}
