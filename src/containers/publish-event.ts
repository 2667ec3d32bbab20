import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";

/** A container event with Docker's attributes: the labels, the image as named at create, the name. */
export function publishEvent(
  { events }: Pick<ContainersContext, "events">,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  events.publish({
    Type: "container",
    Action: action,
    id: container.id,
    attributes: {
      ...container.config.Labels,
      ...attributes,
      image: container.config.Image ?? "",
      name: container.name,
    },
  });
}
