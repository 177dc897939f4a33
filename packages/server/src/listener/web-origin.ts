/** A scheme, a host and perhaps a port; schemes of browser extensions and of apps included. */
const FORM = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s*,]+$/;

/**
 * Checks an origin that is to be compared with what browsers send.
 *
 * @throws Error that says how it has to be written
 */
export function webOrigin(text: string): string {
  const own = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = own?.protocol === 'https:' || own?.protocol === 'http:';
  if (FORM.test(text) && own !== undefined && (!isWeb || own.origin === text)) {
    return text;
  }
  const hint = isWeb && own.origin !== 'null' ? `; did you mean ${own.origin}?` : '';
  throw new Error(
    `cors.origins: ${JSON.stringify(text)} is no origin; expected scheme://host or scheme://host:port as browsers send ` +
      `it, without a path and without wildcards, such as https://app.example.com, or "*" alone${hint}`,
  );
}
