// time.Time and time.Duration: how they print, marshal and answer the methods that templates call.
import { formatDuration } from "../../../spec/duration.ts";
import { int64Type, boolType, type GoType, type GoValue, intType, type Method, stringType } from "./type.ts";
import { rfc3339String } from "../time-string.ts";
import { goString, stringOf } from "./value.ts";

/** A moment with its zone's offset, read from RFC 3339. */
interface Moment {
  /** The wall clock, as if it were UTC. */
  wall: Date;
  nanoseconds: number;
  offsetMinutes: number;
  isUtc: boolean;
}

const zeroText = "0001-01-01T00:00:00Z";

function momentOf(value: GoValue): Moment {
  const text = typeof value.data === "string" && value.data !== "" ? value.data : zeroText;
  const match = /^(\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const [, wall = zeroText.slice(0, -1), fraction = "", zone = "Z"] = match ?? [];
  const [hours = 0, minutes = 0] = zone === "Z" ? [] : zone.slice(1).split(":").map(Number);
  const offsetMinutes = (hours * 60 + minutes) * (zone.startsWith("-") ? -1 : 1);
  return {
    wall: new Date(`${wall}Z`),
    nanoseconds: Number(fraction.slice(0, 9).padEnd(9, "0")),
    offsetMinutes,
    isUtc: zone === "Z" || offsetMinutes === 0,
  };
}

function timeString(value: GoValue): string {
  return rfc3339String(typeof value.data === "string" ? value.data : "");
}

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Longest first, so that `2006` is not read as `2` and `006`. */
const layoutWords =
  /January|Jan|Monday|Mon|MST|2006|-07:00:00|-07:00|-070000|-0700|-07|Z07:00|Z0700|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)|01|02|03|04|05|06|002|15|PM|pm|_2|1|2|3|4|5/g;

/** time.Time.Format. */
function formatMoment(moment: Moment, layout: string): string {
  return layout.replace(layoutWords, (word) => layoutWord(moment, word));
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function layoutWord(moment: Moment, word: string): string {
  const { wall } = moment;
  const hour12 = wall.getUTCHours() % 12 === 0 ? 12 : wall.getUTCHours() % 12;
  const month = months[wall.getUTCMonth()] ?? "";
  const day = days[wall.getUTCDay()] ?? "";
  if (/^[.,]/.test(word)) return fraction(moment, word);
  const words: Record<string, () => string> = {
    "2006": () => String(wall.getUTCFullYear()).padStart(4, "0"),
    "06": () => two(wall.getUTCFullYear() % 100),
    January: () => month,
    Jan: () => month.slice(0, 3),
    "01": () => two(wall.getUTCMonth() + 1),
    "1": () => String(wall.getUTCMonth() + 1),
    Monday: () => day,
    Mon: () => day.slice(0, 3),
    "02": () => two(wall.getUTCDate()),
    _2: () => String(wall.getUTCDate()).padStart(2, " "),
    "2": () => String(wall.getUTCDate()),
    "002": () =>
      String(Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0)) / 86_400_000) + 1).padStart(
        3,
        "0",
      ),
    "15": () => two(wall.getUTCHours()),
    "03": () => two(hour12),
    "3": () => String(hour12),
    "04": () => two(wall.getUTCMinutes()),
    "4": () => String(wall.getUTCMinutes()),
    "05": () => two(wall.getUTCSeconds()),
    "5": () => String(wall.getUTCSeconds()),
    PM: () => (wall.getUTCHours() < 12 ? "AM" : "PM"),
    pm: () => (wall.getUTCHours() < 12 ? "am" : "pm"),
    MST: () => (moment.isUtc ? "UTC" : zoneText(moment, "-0700")),
  };
  return words[word]?.() ?? zoneText(moment, word);
}

/** `.000` keeps its zeros, `.999` drops them. */
function fraction(moment: Moment, word: string): string {
  const digits = String(moment.nanoseconds)
    .padStart(9, "0")
    .slice(0, word.length - 1);
  if (word[1] === "0") return word[0] + digits;
  const trimmed = digits.replace(/0+$/, "");
  return trimmed === "" ? "" : word[0] + trimmed;
}

function zoneText({ offsetMinutes }: Moment, word: string): string {
  if (word.startsWith("Z") && offsetMinutes === 0) return "Z";
  const size = Math.abs(offsetMinutes);
  const hours = String(Math.floor(size / 60)).padStart(2, "0");
  const minutes = String(size % 60).padStart(2, "0");
  const sign = offsetMinutes < 0 ? "-" : "+";
  if (!word.includes("00")) return sign + hours;
  return `${sign}${hours}${word.includes(":") ? ":" : ""}${minutes}${word.includes("0000") || word.includes("00:00:00") ? "00" : ""}`;
}

function unixNanoseconds(moment: Moment): bigint {
  const seconds = BigInt(moment.wall.getTime() / 1000) - BigInt(moment.offsetMinutes * 60);
  return seconds * 1_000_000_000n + BigInt(moment.nanoseconds);
}

function method(result: GoType, read: (moment: Moment) => string | number | bigint | boolean): Method {
  return { params: [], result, call: (receiver) => ({ type: result, data: read(momentOf(receiver)) }) };
}

export const timeType: GoType = {
  kind: "struct",
  name: "time.Time",
  named: true,
  stringer: timeString,
  marshal: (value) =>
    JSON.stringify(typeof value.data === "string" && value.data !== "" ? value.data : zeroText),
  methods: new Map<string, Method>([
    ["String", { params: [], result: stringType, call: (receiver) => goString(timeString(receiver)) }],
    [
      "Format",
      {
        params: [stringType],
        result: stringType,
        call: (receiver, [layout]) => goString(formatMoment(momentOf(receiver), stringOf(layout as GoValue))),
      },
    ],
    ["Unix", method(int64Type, (moment) => Number(unixNanoseconds(moment) / 1_000_000_000n))],
    ["UnixNano", method(int64Type, unixNanoseconds)],
    ["IsZero", method(boolType, (moment) => moment.wall.toISOString().startsWith("0001-01-01T00:00:00"))],
    ["Year", method(intType, (moment) => moment.wall.getUTCFullYear())],
    ["Day", method(intType, (moment) => moment.wall.getUTCDate())],
    ["Hour", method(intType, (moment) => moment.wall.getUTCHours())],
    ["Minute", method(intType, (moment) => moment.wall.getUTCMinutes())],
    ["Second", method(intType, (moment) => moment.wall.getUTCSeconds())],
    ["Nanosecond", method(intType, (moment) => moment.nanoseconds)],
  ]),
};

function durationString(value: GoValue): string {
  return formatDuration(Number(value.data));
}

export const durationType: GoType = {
  kind: "int",
  name: "time.Duration",
  named: true,
  stringer: durationString,
  methods: new Map<string, Method>([
    ["String", { params: [], result: stringType, call: (receiver) => goString(durationString(receiver)) }],
    [
      "Seconds",
      {
        params: [],
        result: { kind: "float", name: "float64", named: false },
        call: (receiver) => ({
          type: { kind: "float", name: "float64", named: false },
          data: Number(receiver.data) / 1e9,
        }),
      },
    ],
  ]),
};
