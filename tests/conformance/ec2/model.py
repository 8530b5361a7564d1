"""What botocore's service models know: every parameter that the simulator takes, every element that it answers."""
import re
import xml.etree.ElementTree as ElementTree

import botocore.parsers

from ec2.harness import check, admin, client, expect

UNKNOWN_ELEMENTS = set()
# EC2 has them, botocore 1.29 (Debian 12) does not know them yet.
NEWER_PARAMETERS = {"DescribeImages.MaxResults", "DescribeImages.NextToken"}


def local(tag):
    return tag.rsplit("}", 1)[-1]


def walk_xml(node, shape, path, is_ec2):
    """Reports elements that the model does not know."""
    if shape.type_name == "structure":
        names = {}
        for member, inner in shape.members.items():
            names[inner.serialization.get("name", member)] = inner
        for child in node:
            name = local(child.tag)
            if name not in names:
                UNKNOWN_ELEMENTS.add(f"{path}/{name}")
                continue
            walk_xml(child, names[name], f"{path}/{name}", is_ec2)
    elif shape.type_name == "list":
        for child in node:
            wanted = shape.member.serialization.get("name", "member")
            if local(child.tag) != wanted:
                UNKNOWN_ELEMENTS.add(f"{path}/{local(child.tag)} (not {wanted})")
            walk_xml(child, shape.member, f"{path}[]", is_ec2)
    elif len(node):
        UNKNOWN_ELEMENTS.add(f"{path} has elements, the model says {shape.type_name}")


def watch_answers():
    original = botocore.parsers.EC2QueryParser.parse

    def parse(self, response, shape):
        if response["status_code"] == 200 and shape is not None:
            root = ElementTree.fromstring(response["body"])
            for child in list(root):
                # EC2 sends both nearly everywhere, the model leaves most of them out.
                if local(child.tag) == "requestId" or (
                        local(child.tag) == "return" and "Return" not in shape.members):
                    root.remove(child)
            walk_xml(root, shape, shape.name, True)
        return original(self, response, shape)

    botocore.parsers.EC2QueryParser.parse = parse


def input_names(shape, prefix=""):
    """Every query key of an EC2 input shape, list positions as N."""
    if shape.type_name == "structure":
        names = set()
        for member, inner in shape.members.items():
            name = inner.serialization.get("queryName")
            if name is None:
                name = inner.serialization.get("name", member)
                name = name[0].upper() + name[1:]
            names |= input_names(inner, f"{prefix}.{name}" if prefix else name)
        return names
    if shape.type_name == "list":
        return input_names(shape.member, prefix + ".N")
    return {prefix}


@check
def parameters_are_those_of_the_model():
    model = client("ec2").meta.service_model
    wrong = []
    for operation in admin("operations")["operations"]:
        if operation["service"] != "ec2" or operation["cloud"] != "aws":
            continue
        known = input_names(model.operation_model(operation["name"]).input_shape)
        for word in operation["parameters"].split():
            name = re.sub(r"(:\w+)?!?$", "", word)
            if name not in known and f"{operation['name']}.{name}" not in NEWER_PARAMETERS:
                wrong.append(f"{operation['name']}.{name}")
    expect(wrong, [])
