#!/usr/bin/env python3
"""Distils the service model that botocore ships into model/cognito-idp.json.

What is kept: names, types, members in order, constraints, errors and how an operation is
authenticated. What is left out: prose, endpoints, paginators, shapes no operation reaches.

    python3 model/distill.py WHEEL            writes model/cognito-idp.json
    python3 model/distill.py --check WHEEL    exits 1 when the committed file differs

Get the wheel with: pip download botocore==1.44.5 --no-deps
"""

import argparse
import gzip
import json
import pathlib
import sys
import zipfile

BOTOCORE = "1.44.5"
SOURCE = "botocore/data/cognito-idp/2016-04-18/service-2.json.gz"
TARGET = pathlib.Path(__file__).resolve().parent / "cognito-idp.json"
CONSTRAINTS = ("min", "max", "pattern", "enum", "sensitive", "document")


def read_service(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"botocore-{BOTOCORE}.dist-info/METADATA").decode()
        if f"\nVersion: {BOTOCORE}\n" not in metadata:
            sys.exit(f"{wheel} is not botocore {BOTOCORE}")
        return json.loads(gzip.decompress(archive.read(SOURCE)))


def references(shape):
    """The names of the shapes that this shape mentions, in order."""
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for role in ("member", "key", "value"):
        if role in shape:
            yield shape[role]["shape"]


def reachable(shapes, roots):
    seen, queue = set(), list(roots)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue.extend(references(shapes[name]))
    return seen


def distil_shape(shape):
    slim = {"type": shape["type"]}
    if shape["type"] == "structure":
        required = set(shape.get("required", []))
        slim["members"] = []
        for name, member in shape["members"].items():
            entry = {"name": name, "shape": member["shape"]}
            if name in required:
                entry["required"] = True
            for flag in ("box", "deprecated"):
                if member.get(flag):
                    entry[flag] = True
            slim["members"].append(entry)
    for role in ("member", "key", "value"):
        if role in shape:
            slim[role] = shape[role]["shape"]
    for key in CONSTRAINTS:
        if key in shape:
            slim[key] = shape[key]
    return slim


def distil(service):
    shapes = service["shapes"]
    operations, roots, errors = {}, [], set()
    for name, operation in sorted(service["operations"].items()):
        slim = {"input": operation["input"]["shape"]}
        if "output" in operation:
            slim["output"] = operation["output"]["shape"]
        if operation.get("authtype") == "none":
            slim["authtype"] = "none"
        slim["errors"] = sorted(error["shape"] for error in operation["errors"])
        operations[name] = slim
        roots += [slim[side] for side in ("input", "output") if side in slim]
        errors.update(slim["errors"])
    slim_errors = {}
    for name in sorted(errors):
        shape = shapes[name]
        roots += [member["shape"] for member in shape["members"].values()]
        entry = {}
        if shape.get("fault"):
            entry["fault"] = True
        if "httpStatusCode" in shape.get("error", {}):
            entry["httpStatusCode"] = shape["error"]["httpStatusCode"]
        extra = [
            {"name": member, "shape": value["shape"]}
            for member, value in shape["members"].items()
            if member != "message"
        ]
        if extra:
            entry["members"] = extra
        slim_errors[name] = entry
    kept = reachable(shapes, roots)
    return {
        "source": f"botocore {BOTOCORE}",
        "apiVersion": service["metadata"]["apiVersion"],
        "targetPrefix": service["metadata"]["targetPrefix"],
        "operations": operations,
        "errors": slim_errors,
        "shapes": {name: distil_shape(shapes[name]) for name in sorted(kept)},
    }


def render(value, indent=""):
    """What fits stays on one line, so that a diff of two versions of the model is readable."""
    line = json.dumps(value, ensure_ascii=True)
    if not isinstance(value, (dict, list)) or len(indent) + len(line) <= 100:
        return line
    inner = indent + " "
    if isinstance(value, list):
        rows = [render(item, inner) for item in value]
        opening, closing = "[", "]"
    else:
        rows = [f"{json.dumps(key)}: {render(item, inner)}" for key, item in value.items()]
        opening, closing = "{", "}"
    return opening + "\n" + ",\n".join(inner + row for row in rows) + "\n" + indent + closing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    parser.add_argument("wheel", help="path of the botocore wheel")
    arguments = parser.parse_args()
    text = render(distil(read_service(arguments.wheel))) + "\n"
    if arguments.check:
        if not TARGET.exists() or TARGET.read_text() != text:
            sys.exit(f"{TARGET.name} is stale: run python3 model/distill.py {arguments.wheel}")
    else:
        TARGET.write_text(text)


if __name__ == "__main__":
    main()
