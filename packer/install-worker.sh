#!/usr/bin/env bash
# Makes a machine of Ubuntu 24.04 a worker's: Node.js, PostgreSQL's client tools, the worker with its systemd unit, the
# CloudWatch agent; takes away every way to log in. Runs as root, once, while the image is built.
set -euo pipefail

readonly NODE_MAJOR=24
readonly POSTGRES_MAJOR=18
readonly UPLOADS=${UPLOADS:-/tmp/seren-replicator}
readonly HOME_OF_WORKER=/opt/seren-replicator
readonly ACCOUNT=seren-replicator
readonly KEYRINGS=/etc/apt/keyrings

# Of the keys that packages are signed with, as their makers publish them.
readonly NODESOURCE_KEY=6F71F525282841EEDAF851B42F59B5F99B1BE0B4
readonly PGDG_KEY=B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8
readonly CLOUDWATCH_KEY=937616F3450B7D806CBD9725D58167303B789C72

export DEBIAN_FRONTEND=noninteractive

download() { curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 5 --output "$2" "$1"; }

# fetch_key URL FINGERPRINT FILE: a key that is not the one expected ends the build.
fetch_key() {
  local url=$1 fingerprint=$2 file=$3 found scratch
  scratch=$(mktemp -d)
  download "$url" "$scratch/key"
  found=$(gpg --homedir "$scratch" --quiet --show-keys --with-colons "$scratch/key" | awk -F: '$1 == "fpr" { print $10; exit }')
  if [ "$found" != "$fingerprint" ]; then
    echo "The key at $url is $found, not $fingerprint; nothing signed by it is installed." >&2
    exit 1
  fi
  gpg --homedir "$scratch" --quiet --dearmor <"$scratch/key" >"$file"
  chmod 0644 "$file"
  rm -rf "$scratch"
}

update_system() {
  apt-get -q update
  apt-get -q -y full-upgrade
  apt-get -q -y install --no-install-recommends ca-certificates curl gpg
  install -d -m 0755 "$KEYRINGS"
}

install_packages() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  fetch_key https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key "$NODESOURCE_KEY" "$KEYRINGS/nodesource.gpg"
  fetch_key https://www.postgresql.org/media/keys/ACCC4CF8.asc "$PGDG_KEY" "$KEYRINGS/pgdg.gpg"
  echo "deb [signed-by=$KEYRINGS/nodesource.gpg] https://deb.nodesource.com/node_$NODE_MAJOR.x nodistro main" \
    >/etc/apt/sources.list.d/nodesource.list
  echo "deb [signed-by=$KEYRINGS/pgdg.gpg] https://apt.postgresql.org/pub/repos/apt $codename-pgdg main" \
    >/etc/apt/sources.list.d/pgdg.list
  apt-get -q update
  apt-get -q -y install --no-install-recommends "nodejs=$NODE_MAJOR.*" "postgresql-client-$POSTGRES_MAJOR"
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
install_cloudwatch_agent() {
  local scratch base=https://amazoncloudwatch-agent.s3.amazonaws.com
  scratch=$(mktemp -d)
  fetch_key "$base/assets/amazon-cloudwatch-agent.gpg" "$CLOUDWATCH_KEY" "$scratch/key.gpg"
  download "$base/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb" "$scratch/agent.deb"
  download "$base/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb.sig" "$scratch/agent.deb.sig"
  gpgv --keyring "$scratch/key.gpg" "$scratch/agent.deb.sig" "$scratch/agent.deb"
  dpkg --install "$scratch/agent.deb"
  rm -rf "$scratch"
  install -D -m 0644 "$UPLOADS/cloudwatch-agent.json" /opt/aws/amazon-cloudwatch-agent/etc/worker.json
  /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 \
    -c file:/opt/aws/amazon-cloudwatch-agent/etc/worker.json
  systemctl enable amazon-cloudwatch-agent.service
}

install_worker() {
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$ACCOUNT"
  install -d -m 0755 "$HOME_OF_WORKER"
  cp -r "$UPLOADS/bundle/." "$HOME_OF_WORKER/"
  chown -R root:root "$HOME_OF_WORKER"
  chmod -R a=rX,u+w "$HOME_OF_WORKER"
  ln -sf /usr/bin/node "$HOME_OF_WORKER/node"
  install -m 0644 "$UPLOADS/seren-replicator-worker.service" /etc/systemd/system/seren-replicator-worker.service
  systemd-analyze verify /etc/systemd/system/seren-replicator-worker.service
  systemctl enable seren-replicator-worker.service
}

harden() {
  # User data tells the worker where things are; it is never run.
  cat >/etc/cloud/cloud.cfg.d/99-seren-replicator.cfg <<'CLOUD_INIT'
allow_userdata: false
users: []
ssh_pwauth: false
disable_root: true
CLOUD_INIT
  cat >/etc/sysctl.d/60-seren-replicator.conf <<'SYSCTL'
kernel.core_pattern = |/bin/false
kernel.kptr_restrict = 2
kernel.yama.ptrace_scope = 2
SYSCTL
  # A machine lives for one job: it is replaced, not updated.
  systemctl disable apt-daily.timer apt-daily-upgrade.timer
  systemctl mask apt-daily.service apt-daily-upgrade.service
}

# The connection that this runs through outlives the server that it came from.
remove_ways_in() {
  apt-get -q -y purge openssh-server snapd
  apt-get -q -y autoremove --purge
  rm -rf /etc/ssh/ssh_host_* /root/.ssh /home/*/.ssh /var/snap /snap
  usermod --lock --shell /usr/sbin/nologin ubuntu
  rm -f /etc/sudoers.d/90-cloud-init-users
}

clean_up() {
  apt-get -q clean
  rm -rf /var/lib/apt/lists/* "$UPLOADS" /var/log/*.log /var/log/apt /var/log/journal/*
  cloud-init clean --logs --machine-id
  rm -f "$0"
}

update_system
install_packages
install_cloudwatch_agent
install_worker
harden
remove_ways_in
clean_up
