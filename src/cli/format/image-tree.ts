// `images --tree`: each image with the platforms it holds.
import type { ImageManifestSummary, ImageSummary } from "../../spec/api/image.ts";
import { formatBytes } from "../../spec/size.ts";
import type { Terminal } from "../command.ts";
import { shortId } from "./human.ts";

interface Line {
  id: string;
  diskUsage: string;
  contentSize: string;
  used: boolean;
}

interface Column {
  title: string;
  width: number;
  show(line: Line, paint: Paint): string;
}

type Style = "bold" | "faint" | "name" | "normal" | "warning" | "chip" | "info" | "sign";
type Paint = (style: Style, text: string) => string;

const reset = "\u001b[0m";
const styles: Record<Style, string> = {
  bold: "\u001b[39m\u001b[1m",
  faint: "\u001b[2m",
  name: "\u001b[34m\u001b[1m",
  normal: "\u001b[39m",
  warning: "\u001b[93m",
  chip: "\u001b[38;5;0m\u001b[48;5;14m",
  info: "\u001b[96m",
  sign: "\u001b[1m\u001b[106m\u001b[30m",
};

const warning =
  "WARNING: This is an experimental feature. The output may change and shouldn't be depended on.";
const spacing = "   ";
/** Columns go, from the right, before the names get narrower than this. */
const fewestNameColumns = 12;

const right = (text: string, width: number, paint: Paint): string =>
  " ".repeat(Math.max(width - text.length, 0)) + paint("normal", text);

const columns: readonly Column[] = [
  { title: "ID", width: 12, show: ({ id }, paint) => paint("normal", shortId(id)) },
  { title: "DISK USAGE", width: 10, show: ({ diskUsage }, paint) => right(diskUsage, 10, paint) },
  { title: "CONTENT SIZE", width: 12, show: ({ contentSize }, paint) => right(contentSize, 12, paint) },
  {
    title: "EXTRA",
    width: 5,
    show: ({ used }, paint) => extra(used, paint),
  },
];

/** A coloured chip has room around its letter. */
function extra(used: boolean, paint: Paint): string {
  if (!used) return " ".repeat(5);
  const chip = paint("chip", " U ");
  return chip === " U " ? "U    " : `${chip}  `;
}

type Screen = Pick<Terminal, "columns" | "env" | "stdoutIsTty">;

export function renderImageTree(images: readonly ImageSummary[], all: boolean, screen: Screen): string {
  const colored = screen.stdoutIsTty && !screen.env.NO_COLOR;
  const paint: Paint = (style, text) => (colored ? styles[style] + text + reset : text);
  const width = Math.max((screen.stdoutIsTty && screen.columns) || 80, 20);
  const shown = images.filter(({ RepoTags }) => all || (RepoTags ?? []).length > 0);
  shown.sort((a, b) => (b.Created ?? 0) - (a.Created ?? 0));
  const fitting = columnsThatFit(width);
  const nameWidth = Math.min(nameSpace(width, fitting), widestName(shown));
  const spaced = shown.some((image) => platforms(image).length > 0);
  return [
    `${paint("warning", warning)}\n`,
    `${legend(width, colored, paint)}\n\n`,
    `${[pad("IMAGE", nameWidth, "bold", paint), ...fitting.map(({ title, width }) => pad(title, width, "bold", paint))].join(spacing)}\n`,
    ...shown.map((image) => imageLines(image, nameWidth, fitting, spaced, paint)),
  ].join("");
}

function legend(width: number, colored: boolean, paint: Paint): string {
  const plain = colored ? "i Info →   U  In Use " : "Info ->  U In Use ";
  const text = colored
    ? `${paint("sign", "i")}${reset} ${paint("info", "Info → ")}${reset} ${paint("chip", " U ")} In Use `
    : plain;
  return " ".repeat(Math.max(width - plain.length, 0)) + text;
}

function columnsThatFit(width: number): readonly Column[] {
  let left = width;
  const cut = columns.findIndex((column) => {
    if (left - column.width - spacing.length < fewestNameColumns) return true;
    left -= column.width + spacing.length;
    return false;
  });
  return cut < 0 ? columns : columns.slice(0, cut);
}

function nameSpace(width: number, fitting: readonly Column[]): number {
  return fitting.reduce((left, column) => left - column.width - spacing.length, width);
}

function widestName(images: readonly ImageSummary[]): number {
  const names = images.flatMap((image) => image.RepoTags ?? []);
  // The branch is three columns wide but seven bytes, which is what docker counts.
  const branches = images.flatMap((image) => platforms(image).map((each) => "1234567" + platformName(each)));
  return Math.max("Image".length, ...[...names, ...branches].map((name) => name.length));
}

function platforms({ Manifests }: ImageSummary): ImageManifestSummary[] {
  return (Manifests ?? []).filter(({ Kind }) => Kind === "image");
}

function platformName({ ImageData }: ImageManifestSummary): string {
  const { os, architecture, variant } = ImageData?.Platform ?? {};
  return [os, architecture, variant].filter(Boolean).join("/");
}

function imageLines(
  image: ImageSummary,
  nameWidth: number,
  fitting: readonly Column[],
  spaced: boolean,
  paint: Paint,
): string {
  const children = platforms(image);
  const top = imageNames(image, nameWidth, paint) + details(imageLine(image, children), fitting, paint);
  const branches = children.map((child, index) => {
    const mark = index === children.length - 1 ? "└─ " : "├─ ";
    const style: Paint = child.Available
      ? paint
      : (kind, text) => paint(kind === "normal" ? "faint" : kind, text);
    const name = pad(mark + platformName(child), nameWidth, "normal", style);
    return `${name}${details(platformLine(child), fitting, style)}\n`;
  });
  return `${top}${spaced ? "\n" : ""}${branches.join("")}\n`;
}

/** The longest first; what else is told stands beside the last. */
function imageNames({ RepoTags }: ImageSummary, nameWidth: number, paint: Paint): string {
  const names = (RepoTags ?? []).toSorted((a, b) => b.length - a.length);
  const last = names.pop();
  if (last === undefined) return pad("<untagged>", nameWidth, "faint", paint);
  const above = names.map((name) => `${pad(name, Math.min(name.length, nameWidth), "name", paint)}\n`);
  return above.join("") + pad(last, nameWidth, "name", paint);
}

function imageLine(image: ImageSummary, children: readonly ImageManifestSummary[]): Line {
  const content = children.reduce((sum, { Size }) => sum + (Size?.Content ?? 0), 0);
  return {
    id: image.Id ?? "",
    diskUsage: formatBytes(image.Size ?? 0, 3),
    contentSize: formatBytes(content, 3),
    used: (image.Containers ?? 0) > 0 || children.some((child) => platformLine(child).used),
  };
}

function platformLine({ ID, Size, ImageData }: ImageManifestSummary): Line {
  return {
    id: ID ?? "",
    diskUsage: formatBytes(Size?.Total ?? 0, 3),
    contentSize: formatBytes(Size?.Content ?? 0, 3),
    used: (ImageData?.Containers ?? []).length > 0,
  };
}

function details(line: Line, fitting: readonly Column[], paint: Paint): string {
  return fitting.map((column) => spacing + column.show(line, paint)).join("");
}

function pad(text: string, width: number, style: Style, paint: Paint): string {
  const characters = Array.from(text);
  if (characters.length > width) return paint(style, `${characters.slice(0, width - 3).join("")}...`);
  return paint(style, text) + " ".repeat(width - characters.length);
}
