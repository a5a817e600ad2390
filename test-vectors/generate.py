#!/usr/bin/env python3
"""Write the case files.

generate.py          write vectors/*.json and diagnosis/*.json, and their counts into README.md
generate.py --check  fail if they are not what would be written
generate.py --count  print the number of cases
"""

import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import accidents  # noqa: E402
from oracle import outcome  # noqa: E402
from topics import TOPICS  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE / "schema" / "vectors.schema.json"
VECTORS = HERE / "vectors"
DIAGNOSIS = HERE / "diagnosis"
README = HERE / "README.md"
NOT_INPUT = ("name", "why", "threats", "expect")
REPAIR = "python3 test-vectors/generate.py"
LONGEST_PLAIN_TEXT = 4096


def main(arguments):
    if arguments not in ([], ["--check"], ["--count"]):
        sys.exit("usage: generate.py [--check | --count]")
    audit()
    if arguments == ["--count"]:
        print(sum(len(topic.cases) for topic in TOPICS))
        return
    files = {VECTORS / f"{topic.name}.json": render(topic) for topic in TOPICS}
    files |= {DIAGNOSIS / f"{topic.name}.json": render(topic) for topic in accidents.TOPICS}
    files[README] = readme_with_counts()
    if arguments == ["--check"]:
        check(files)
    else:
        write(files)


def audit():
    """Fail unless each case is well formed, unlike all others, and has the oracle's verdict."""
    cases = [case for topic in TOPICS for case in topic.cases]
    faults = [f"{case['name']}: {fault}" for case in cases for fault in faults_of(case)]
    faults += [fault for topic in accidents.TOPICS for fault in faults_of_accidents(topic)]
    cases += [case for topic in accidents.TOPICS for case in topic.cases]

    names = [case["name"] for case in cases]
    faults += [f"{name}: used twice" for name in sorted(set(names)) if names.count(name) > 1]

    inputs = {}
    for case in cases:
        given = {key: case[key] for key in case if key not in NOT_INPUT}
        given = json.dumps(given, sort_keys=True, default=bytes.hex)
        if first := inputs.get(given):
            faults.append(f"{case['name']}: has the input of {first}")
        inputs.setdefault(given, case["name"])

    codes = json.loads(SCHEMA.read_bytes())["$defs"]["error"]["properties"]["code"]["enum"]
    expected = {case["expect"].get("error", {}).get("code") for case in cases}
    faults += [f"no case expects {code}" for code in codes if code not in expected]

    if faults:
        sys.exit("\n".join(faults))


def faults_of_accidents(topic):
    """The delivery must be refused as it was received, and accepted as it was sent."""
    for case in topic.cases:
        yield from (f"{case['name']}: {fault}" for fault in faults_of_texts(case))
        received = outcome({**case, "do": "verify_signature"})
        is_genuine = case["name"].startswith("none-genuine-")
        if ("ok" in received) != is_genuine:
            yield f"{case['name']}: as it was received it comes to {received}"
        sent = topic.sent[case["name"]]
        if sent is not None:
            verified = outcome({"do": "verify_signature", **vars(sent)})
            if "ok" not in verified:
                yield f"{case['name']}: as it was sent it comes to {verified}"


def faults_of(case):
    yield from faults_of_texts(case)
    secrets = case["webhook"]["secrets"]
    labels = {secret["label"] for secret in secrets if "label" in secret}
    # Python takes a mapping from label to secret, and JavaScript sorts keys that look like numbers.
    if len(labels) not in (0, len(secrets)) or any(label.isdigit() for label in labels):
        yield "no mapping from label to secret can say this"
    micros = case["expect"].get("ok", {}).get("created_at_micros") or 0
    if int(float(micros)) != micros:
        yield "no number of JavaScript can say when the event happened"
    came_to = outcome(case)
    if came_to != case["expect"]:
        yield f"expects {case['expect']} but comes to {came_to}"


def faults_of_texts(case):
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", case["name"]):
        yield "the name is not kebab-case"
    if not re.fullmatch("[^ ].{14,}[.]", case["why"]):
        yield "`why` is not a sentence"


def render(topic):
    """One line per field, so that a change shows as the lines it touches."""
    cases = ",\n".join(
        "    {\n"
        + ",\n".join(f"      {quote(key)}: {quote(value)}" for key, value in written(case).items())
        + "\n    }"
        for case in topic.cases
    )
    return (
        "{\n"
        f'  "about": {quote(topic.about)},\n'
        f'  "schema": "../schema/{topic.schema}",\n'
        f'  "cases": [\n{cases}\n  ]\n'
        "}\n"
    )


def written(case):
    """The case in the forms TEXT and BODY."""
    forms = dict(case)
    if "headers" in case:
        forms["headers"] = [[name, text_form(value)] for name, value in case["headers"]]
    if "body" in case:
        forms["body"] = body_form(case["body"])
    return forms


def body_form(body):
    try:
        return {"utf8": text_form(body.decode())}
    except UnicodeDecodeError:
        return {"hex": body.hex()}


def text_form(text):
    """Short text as it is, long text as runs: a piece, and how often it comes in succession."""
    if len(text) <= LONGEST_PLAIN_TEXT:
        return text
    runs, end = [], 0
    for run in re.finditer(r"(?s)(.{1,12}?)\1{99,}", text):
        runs += [[text[end : run.start()], 1], [run[1], len(run[0]) // len(run[1])]]
        end = run.end()
    return [run for run in [*runs, [text[end:], 1]] if run[0]]


def quote(value):
    return json.dumps(value, ensure_ascii=True)


def readme_with_counts():
    text = README.read_text(encoding="utf-8")
    for mark, topics in [("counts", TOPICS), ("counts of diagnosis", accidents.TOPICS)]:
        start, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
        before, rest = text.split(start)
        text = before + start + table_of(topics) + end + rest.split(end)[1]
    return text


def table_of(topics):
    rows = "".join(f"| `{topic.name}` | {len(topic.cases)} | {topic.about} |\n" for topic in topics)
    total = sum(len(topic.cases) for topic in topics)
    return f"| file | cases | about |\n|---|---:|---|\n{rows}| all | {total} | |\n"


def write(files):
    for folder in (VECTORS, DIAGNOSIS):
        folder.mkdir(exist_ok=True)
        for path in set(folder.glob("*.json")) - files.keys():
            path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")


def check(files):
    paths = files.keys() | set(VECTORS.glob("*.json")) | set(DIAGNOSIS.glob("*.json"))
    on_disk = {path: path.read_bytes() for path in paths if path.exists()}
    wanted = {path: text.encode() for path, text in files.items()}
    stale = [path for path in paths if on_disk.get(path) != wanted.get(path)]
    if stale:
        names = ", ".join(sorted(path.name for path in stale))
        sys.exit(f"out of date: {names}; run `{REPAIR}`")


if __name__ == "__main__":
    main(sys.argv[1:])
