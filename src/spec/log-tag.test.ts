import { expect, test } from "bun:test";
import { checkLogTag, expandLogTag } from "./log-tag.ts";

const fields = {
  id: "0123456789abcdef",
  name: "web",
  imageId: `sha256:${"f".repeat(64)}`,
  imageName: "nginx:1",
  args: ["nginx", "-g"],
};

test("fields of a tag", () => {
  expect(expandLogTag("plain", fields)).toBe("plain");
  expect(expandLogTag("{{.Name}}/{{ .ID }}", fields)).toBe("web/0123456789ab");
  expect(expandLogTag("{{.ImageName}} {{.ImageID}} {{.Command}}", fields)).toBe(
    `nginx:1 ${"f".repeat(12)} nginx -g`,
  );
});

test.each([
  ["{{.Name | upper}}-{{lower .Name}}", "WEB-web"],
  ['{{printf "%s/%s" .Name .ID | upper}}', "WEB/0123456789AB"],
  ["{{truncate .ID 4}}", "0123"],
  ['{{join (split .ImageName ":") "-"}}', "nginx-1"],
  ['{{title "an image"}} {{pad .Name 1 2}}|', "An Image  web  |"],
  ["{{json .Name}} {{`raw`}} {{.DaemonName}}", '"web" raw docker'],
  ["a {{- .Name -}} b", "awebb"],
  ['{{printf "%q %d%%" .Name 7}}', '"web" 7%'],
])("%s is %s", (tag, expected) => {
  expect(expandLogTag(tag, fields)).toBe(expected);
});

test.each([
  ["{{", "template: log-tag:1: unclosed action"],
  ["{{.Foo}}", "can't evaluate .Foo"],
  ["{{.Foo | upper}}", "can't evaluate .Foo"],
  ["{{.constructor}}", "can't evaluate .constructor"],
  ["{{Name}}", 'function "Name" not defined'],
  ["{{toString .ID}}", 'function "toString" not defined'],
  ["{{}}", "missing value for command"],
  ["{{.ID |}}", "missing value for command"],
  ["{{.ID | .Name}}", "can't give argument to non-function .Name"],
  ["{{upper (.ID}}", "unclosed left paren"],
  ["{{.ID)}}", "unexpected ) in command"],
  ['{{printf "%s .ID}}', "unexpected"],
])("%s is refused", (tag, message) => {
  expect(() => checkLogTag(tag)).toThrow(message);
});
