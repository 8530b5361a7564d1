"""Holds documents against the JSON Schema with python3-jsonschema: argv[1] is the schema, argv[2]
has one {"valid": ..., "document": ...} a line. Prints the lines on which the verdicts differ."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.Draft202012Validator
kind.check_schema(schema)
validator = kind(schema)
count = 0
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        case = json.loads(line)
        count += 1
        found = validator.is_valid(case["document"])
        if found != case["valid"]:
            error = next(validator.iter_errors(case["document"]), None)
            print("schema says", found, case["about"], error.message[:200] if error else "")
print(count, "documents")
