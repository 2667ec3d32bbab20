const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Tue Sep 15 11:02:57 2026` of an RFC 3339 time, in the zone it is written in; other text stays as it is. */
export function ansicDate(text: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return text;
  const [, year = "", month = "", day = "", clock = ""] = match;
  const weekday = days[new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDay()] ?? "";
  return `${weekday} ${months[Number(month) - 1] ?? ""} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}
