#!/bin/sh
# Start RabbitMQ and Redis (and Qdrant, with Docker) on this machine. Twice is harmless.
set -eu
cd "$(dirname "$0")/.."

if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
    docker compose up -d --wait rabbitmq redis qdrant
    exit
fi

echo "No Docker engine answers here: taking Debian's packages."
launch/packages.sh rabbitmq-server redis-server
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null || { echo "Type this as root: make services" >&2; exit 1; }
else
    sudo=
fi

# start NAME COMMAND-THAT-SUCCEEDS-WHEN-IT-ANSWERS
start() {
    if ! $2 >/dev/null 2>&1; then
        if [ -d /run/systemd/system ]; then
            $sudo systemctl start "$1"
        else
            $sudo service "$1" start >/dev/null
        fi
    fi
    tries=60
    until $2 >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { echo "$1 does not answer; look at: $sudo service $1 status" >&2; exit 1; }
        sleep 1
    done
    echo "$1 answers."
}

start redis-server "redis-cli ping"
start rabbitmq-server "$sudo rabbitmq-diagnostics -q check_port_connectivity"
$sudo launch/policy.sh || echo "RabbitMQ took no policy: from 3.12 on it needs none." >&2
