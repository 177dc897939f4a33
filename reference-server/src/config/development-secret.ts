/** Words that secrets for trying things out begin with, or have between dashes. */
const TELLTALE =
  /(^|[^a-z])(dev|development|test|testing|demo|example|sample|secret|password|changeme|change-?me|default|local)([^a-z]|$)/i;

/** Random text of 16 bytes has more, whether it is written in hex or in base64. */
const LEAST_DISTINCT = 8;

/** Whether a secret looks like one that others know, from documentation or another machine, or like one made by hand. */
export function isDevelopmentSecret(secret: string): boolean {
  return TELLTALE.test(secret) || new Set(secret.toLowerCase()).size < LEAST_DISTINCT;
}
