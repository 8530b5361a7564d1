"""Holds documents against the JSON Schema with python3-jsonschema: argv[1] is the schema, argv[2]
has one {"valid": ..., "document": ...} a line. Prints the lines on which the verdicts differ."""
import json
import multiprocessing
import os
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

KIND = jsonschema.Draft202012Validator


def with_memory(kind):
    """The documents are variations of a few, so most of each was judged before: the library's own
    verdict on a part of a document by a part of the schema is asked once and kept."""
    remembering = jsonschema.validators.extend(kind, {})
    seen = {}

    def descend(self, instance, schema, *args, **kwargs):
        is_leaf = not isinstance(instance, (dict, list))
        key = (id(schema), type(instance), instance if is_leaf else json.dumps(instance))
        if key not in seen:
            seen[key] = list(kind.descend(self, instance, schema, *args, **kwargs))
        return seen[key]

    remembering.descend = descend
    return remembering


def judge_lines(task):
    """On which of the lines the verdicts differ; and how many lines those are."""
    schema, lines = task
    validator = with_memory(KIND)(schema)
    said = []
    count = 0
    for line in lines:
        case = json.loads(line)
        count += 1
        found = validator.is_valid(case["document"])
        if found != case["valid"]:
            error = next(KIND(schema).iter_errors(case["document"]), None)
            said.append(f"schema says {found} {case['about']} {error.message[:200] if error else ''}")
    return said, count


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    KIND.check_schema(schema)
    with open(sys.argv[2], encoding="utf-8") as file:
        lines = file.readlines()
    # Neighbours are the most alike, so each process takes a stretch.
    parts = min(4, len(os.sched_getaffinity(0)))
    ends = [len(lines) * part // parts for part in range(parts + 1)]
    with multiprocessing.Pool(parts) as pool:
        answers = pool.map(judge_lines, [(schema, lines[ends[i]:ends[i + 1]]) for i in range(parts)])
    for said, _ in answers:
        print(*said, sep="\n", end="\n" if said else "")
    print(sum(count for _, count in answers), "documents")


if __name__ == "__main__":
    main()
