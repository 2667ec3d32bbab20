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
  ["{{", "template: log-tag:1: unclosed action"],
  ["{{.Foo}}", "can't evaluate .Foo"],
  ["{{Name}}", "can't evaluate Name"],
])("%s is refused", (tag, message) => {
  expect(() => checkLogTag(tag)).toThrow(message);
});
