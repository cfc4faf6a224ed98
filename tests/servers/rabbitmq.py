"""A private RabbitMQ: its own node, ports, folder and port mapper; any user can run it."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from kombu import Connection

from launch.prctl import die_with_parent
from tests.servers.certificates import Certificates
from tests.servers.ports import own_port
from tests.servers.processes import OwnProcess

# The one in /usr/sbin runs only as user rabbitmq.
RABBITMQ_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
POLICY = Path(__file__).parents[2] / "launch" / "policy.sh"

# By default, Erlang's schedulers spin while they wait, and it listens to the whole network.
CALM = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"


def has_ipv6() -> bool:
    """Say whether this machine has an address of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class RabbitMQServer(OwnProcess):
    """A RabbitMQ node with a port mapper, epmd, of its own, which runs until `close`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = own_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.tls_port = own_port()
        self.certificates = Certificates.make(folder / "certificates")
        epmd_port = str(own_port())
        config = folder / "rabbitmq.conf"
        config.write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            + (f"listeners.tcp.2 = ::1:{self.port}\n" if has_ipv6() else "")
            + f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.cacertfile = {self.certificates.ca}\n"
            f"ssl_options.certfile = {self.certificates.certificate}\n"
            f"ssl_options.keyfile = {self.certificates.key}\n"
            "disk_free_limit.absolute = 1MB\n"
            "log.console = true\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")
        environ = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"kinolenta{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(own_port()),
            "RABBITMQ_MNESIA_BASE": str(folder),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": CALM,
            "ERL_EPMD_PORT": epmd_port,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Makes the script become the server, so that the process id is the server's.
            "RUNNING_UNDER_SYSTEMD": "yes",
            "RABBITMQCTL": str(RABBITMQ_SERVER.with_name("rabbitmqctl")),
        }
        super().__init__([RABBITMQ_SERVER], folder / "rabbitmq.log", self._answers, environ)
        self._epmd = subprocess.Popen(
            ["epmd", "-port", epmd_port, "-address", "127.0.0.1"],
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL),
        )

    def take_policy(self) -> None:
        """Apply the policy that `make services` applies."""
        subprocess.run([POLICY], env=self._environ, check=True)

    def suspend_queue(self, name: str, seconds: float) -> None:
        """Let a queue do nothing for so long, as one that syncs a slow disk; all else answers."""
        self.control(
            "eval",
            f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"{name}">>)),'
            "sys:suspend(amqqueue:get_pid(Q)),"
            f"timer:apply_after({int(seconds * 1000)}, sys, resume, [amqqueue:get_pid(Q)]).",
        )

    def control(self, *command: str) -> None:
        """Run a command of rabbitmqctl."""
        ctl = RABBITMQ_SERVER.with_name("rabbitmqctl")
        subprocess.run([ctl, "--quiet", *command], env=self._environ, check=True)

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self._epmd.terminate()
        self._epmd.wait(timeout=10)

    def _answers(self) -> bool:
        try:
            with Connection(self.url, connect_timeout=1) as connection:
                connection.connect()
        except OSError:
            return False
        return True
