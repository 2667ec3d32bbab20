import { EngineError } from "../base/errors.ts";

/** `--cpus` (`1.5`, `3/2`) in billionths of a CPU, HostConfig.NanoCpus. Throws `invalid`. */
export function parseCpus(text: string): number {
  const { numerator, denominator } = rational(text);
  const nano = numerator * 1_000_000_000n;
  if (nano % denominator !== 0n) throw new EngineError("invalid", "value is too precise");
  return Number(nano / denominator);
}

/** Exact arithmetic, so that 0.1 is a tenth. Forms: sign, decimals, exponent, 0x integers, one fraction. */
function rational(text: string): { numerator: bigint; denominator: bigint } {
  const fraction = /^([+-]?)(\d+)\/(\d+)$/.exec(text);
  if (fraction !== null && BigInt(fraction[3] ?? 0) !== 0n) {
    return {
      numerator: BigInt(`${minus(fraction[1])}${fraction[2]}`),
      denominator: BigInt(fraction[3] ?? 1),
    };
  }
  const hex = /^([+-]?)(0x[0-9a-f]+)$/i.exec(text);
  if (hex !== null) {
    const size = BigInt(hex[2] ?? 0);
    return { numerator: hex[1] === "-" ? -size : size, denominator: 1n };
  }
  const decimal = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  const [, sign, whole = "", part = "", exponent = "0"] = decimal ?? [];
  if (decimal === null || whole + part === "") {
    throw new EngineError("invalid", `failed to parse ${text} as a rational number`);
  }
  const power = Number(exponent) - part.length;
  const digits = BigInt(`${minus(sign)}${whole}${part}`);
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
}

function minus(sign: string | undefined): string {
  return sign === "-" ? "-" : "";
}
