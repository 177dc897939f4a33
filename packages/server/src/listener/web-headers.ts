/** Headers of Node as those of the web; what belongs to the framing of HTTP/2 is left out. */
export function webHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Headers {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) {
      continue;
    }
    for (const one of typeof value === 'string' ? [value] : value) {
      web.append(name, one);
    }
  }
  return web;
}
