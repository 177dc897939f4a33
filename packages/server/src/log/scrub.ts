/** Characters of a text that go into the log. */
const MAX_LENGTH = 16_384;
const MASK = '[secret]';

/** Most texts hold nothing of the kind, which one look finds out. */
const SUSPICIOUS =
  /bearer|authorization|cookie|api[-_]?key|passw|token=|secret=|eyJ|:\/\/|\d[ -]?\d{3}[ -]?\d/i;

const RULES: readonly (readonly [RegExp, string])[] = [
  // Headers and fields by name, as they stand in dumps, queries and JSON.
  [
    /((?:proxy-)?authorization|(?:set-)?cookie|(?:x-)?api[-_]?key|passw(?:or)?d)(["']?\s*[:=]\s*)[^\r\n]*/gi,
    `$1$2${MASK}`,
  ],
  [/((?:token|secret)=)[^\s&"',;]+/gi, `$1${MASK}`],
  [/(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  // A JSON Web Token begins with the encoded `{"`.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}/g, MASK],
  // Who logs in where, in addresses.
  [/(:\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${MASK}@`],
];

const DIGITS = /(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])/g;

/**
 * A text of unknown origin without what looks like a credential or a card number: what an exception says may quote
 * what a caller sent.
 */
export function scrub(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  if (!SUSPICIOUS.test(shown)) {
    return shown;
  }
  let clean = shown;
  for (const [pattern, replacement] of RULES) {
    clean = clean.replace(pattern, replacement);
  }
  return clean.replace(DIGITS, (digits) => (isCardNumber(digits) ? MASK : digits));
}

/** The check digit of ISO/IEC 7812. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    sum += index % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
