"""Start a real Spark on loopback, run a command against it, and stop it.

    python tests/python/spark_servers.py cluster dbt build --target spark
    python tests/python/spark_servers.py connect dbt build --target spark

`cluster` is a standalone master with two workers, `connect` a Spark Connect
server. Prints, at the end, how many tasks each executor finished, as the
application's own event log has it. Needs Java 17 and requirements-spark.txt.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SECONDS_TO_START = 90


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def spark_bin(name: str) -> str:
    """Path of a Spark start program inside pip's pyspark."""
    import pyspark

    return str(Path(pyspark.__file__).parent / "bin" / name)


def wait_for(is_ready, process: subprocess.Popen, log: Path) -> None:
    """Wait until a server answers; raise with its log when it does not."""
    for _ in range(SECONDS_TO_START * 2):
        if process.poll() is not None:
            break
        try:
            if is_ready():
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"Spark did not start: {log.read_text()[-3000:]}")


@contextmanager
def running(command: list[str], log: Path, environment: dict):
    """A server process that is ended on leaving."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


# Statements are many and short here, and compiling well takes longer than running. What
# the first compiler makes does not fit into the room that Java leaves it then.
JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m "
    "-XX:+UseSerialGC -XX:MetaspaceSize=512m"
)
QUICK_JAVA = [
    "spark.driver.memory 4g",
    f"spark.driver.defaultJavaOptions {JAVA} -XX:InitialRAMPercentage=10 -Xmn1g",
    f"spark.executor.defaultJavaOptions {JAVA}",
]
# Tables are small as well, so that planning anew takes longer too.
FOR_SMALL_TABLES = [
    "spark.sql.adaptive.enabled false",
    "spark.sql.codegen.wholeStage false",
]
EVENTS = [
    "spark.eventLog.enabled true",
    "spark.eventLog.compress false",
    "spark.eventLog.rolling.enabled false",
]


def settings(folder: Path, *more: str) -> dict[str, str]:
    """Environment with loopback addresses and settings kept in the folder."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    lines = [
        "spark.driver.host 127.0.0.1",
        "spark.driver.bindAddress 127.0.0.1",
        "spark.executor.memory 1g",
        f"spark.eventLog.dir file://{folder / 'events'}",
        *QUICK_JAVA,
        *more,
    ]
    (folder / "spark-defaults.conf").write_text("".join(f"{line}\n" for line in lines))
    return {
        **os.environ,
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def local(folder: Path) -> dict[str, str]:
    """Environment for no server but dbt's own Spark."""
    return {**settings(folder, *FOR_SMALL_TABLES), "SPARK_SHUFFLE_PARTITIONS": "1"}


@contextmanager
def cluster(folder: Path, warehouse: Path):
    """A standalone cluster of one master and two workers, which plans as Spark does by
    default; yields an environment.

    The driver keeps the warehouse: dbt's SPARK_WAREHOUSE names it.
    """
    environment = settings(folder, *EVENTS)
    port, page = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"
    deploy = "org.apache.spark.deploy"
    start = [spark_bin("spark-class")]

    def alive_workers() -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{page}/json/") as answer:
            return json.load(answer)["aliveworkers"]

    with ExitStack() as servers:
        command = [*start, f"{deploy}.master.Master", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--webui-port", str(page)]
        log = folder / "master.log"
        process = servers.enter_context(running(command, log, environment))
        wait_for(lambda: alive_workers() == 0, process, log)
        for number in (1, 2):
            command = [*start, f"{deploy}.worker.Worker", "--host", "127.0.0.1"]
            command += ["--cores", "1", "--memory", "1g", "--webui-port", "0"]
            command += ["--work-dir", str(folder / f"worker{number}"), master]
            log = folder / f"worker{number}.log"
            process = servers.enter_context(running(command, log, environment))
        wait_for(lambda: alive_workers() == 2, process, log)
        yield {**environment, "SPARK_MASTER": master}


@contextmanager
def connect(folder: Path, warehouse: Path):
    """A Spark Connect server; yields an environment whose dbt talks to it."""
    environment = settings(folder, *FOR_SMALL_TABLES, *EVENTS)
    port = free_port()
    derby = f"jdbc:derby:;create=true;databaseName={warehouse}/metastore_db"
    configuration = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": warehouse,
        "spark.hadoop.javax.jdo.option.ConnectionURL": derby,
        # see profiles.yml, which decides both without a server
        "spark.hadoop.hive.hmshandler.retry.attempts": 1,
        "spark.hadoop.hive.hmshandler.retry.interval": 0,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": 4,
        "spark.ui.enabled": "false",
    }
    command = [spark_bin("spark-submit"), "--master", "local[2]", "--class"]
    command += ["org.apache.spark.sql.connect.service.SparkConnectServer"]
    for key, value in configuration.items():
        command += ["--conf", f"{key}={value}"]
    log = folder / "connect.log"
    with running([*command, "spark-internal"], log, environment) as process:

        def answers() -> bool:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True

        wait_for(answers, process, log)
        yield {**environment, "SPARK_REMOTE": f"sc://127.0.0.1:{port}"}


def finished_tasks(folder: Path) -> Counter:
    """Tasks that each executor finished well, from the event logs of a folder."""
    tasks = Counter()
    for log in (folder / "events").glob("*"):
        for line in log.read_text().splitlines():
            event = json.loads(line)
            if (
                event["Event"] == "SparkListenerTaskEnd"
                and event["Task End Reason"]["Reason"] == "Success"
            ):
                tasks[event["Task Info"]["Executor ID"]] += 1
    return tasks


def main(flavour: str, *command: str) -> int:
    """Run a command against a cluster or a Connect server."""
    start = {"cluster": cluster, "connect": connect}[flavour]
    warehouse = Path(os.environ.get("SPARK_WAREHOUSE", "spark-warehouse")).absolute()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with start(folder, warehouse) as environment:
            result = subprocess.run(command, env=environment, check=False)
        for executor, count in sorted(finished_tasks(folder).items()):
            print(f"executor {executor} finished {count} tasks")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
