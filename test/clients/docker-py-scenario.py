# Drives an engine (first argument) by docker-py and tells as JSON what came of it; the second argument is an image with a shell.
import io
import json
import re
import sys
import tarfile

import docker
from docker.types import LogConfig

host, base = sys.argv[1:]
client = docker.DockerClient(base_url=host)
said = {}


def context(dockerfile, **files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in {"Dockerfile": dockerfile, **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    packed.seek(0)
    return packed


def build(dockerfile, files={}, **options):
    return client.images.build(fileobj=context(dockerfile, **files), custom_context=True, rm=True, **options)


def run(image, command):
    # Without json-file docker-py answers no output.
    return client.containers.run(image, command, remove=True, log_config=LogConfig(type="json-file")).decode()


def failure(dockerfile):
    try:
        build(dockerfile)
    except docker.errors.BuildError as error:
        return error


dockerfile = f"FROM {base}\nARG N\nRUN echo built with $N > /made\nCOPY a /a\n"
options = {"tag": "py:1", "labels": {"made": "by python"}, "buildargs": {"N": "7"}, "files": {"a": "file"}}
image, log = build(dockerfile, **options)
said["tags"] = image.tags
said["labels"] = image.labels
said["log"] = [line["stream"] for line in log if "stream" in line]
said["output"] = run("py:1", "cat /made")
said["again"] = [line.get("stream", "") for line in build(dockerfile, **options)[1]]
said["failure"] = str(failure(f"FROM {base}\nRUN exit 3\n"))
said["missing"] = str(failure(f"FROM {base}\nCOPY nope /x\n"))
try:
    build("FROMM x\n")
except docker.errors.APIError as error:
    said["malformed"] = [error.status_code, error.explanation]
failed = failure(f"FROM {base}\nRUN echo good > /state\nRUN exit 1\n")
ids = [re.match(r" ---> ([0-9a-f]{12})\n", line.get("stream", "")) for line in failed.build_log]
said["intermediate"] = run([found[1] for found in ids if found][-1], "cat /state")
for each in client.images.list(filters={"dangling": True}):
    client.images.remove(each.id, force=True)
print(json.dumps(said))
