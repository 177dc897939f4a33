/** One name of a certificate, e.g. `URI` and `spiffe://example.org/gateway`. */
export interface SubjectAltName {
  readonly type: string;
  readonly value: string;
}

/**
 * Reads Node's rendering of a certificate's subject alternative names: `DNS:a.example, URI:"spiffe://x/\u0022"`. A value
 * with a comma, a quote or a control character in it stands in quotes as a JSON string, so that no name can pass
 * itself off as several.
 *
 * @throws Error when the text is not of this form
 */
export function subjectAltNames(text: string): SubjectAltName[] {
  const names: SubjectAltName[] = [];
  let at = 0;
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    if (colon === -1) {
      throw malformed(text);
    }
    const type = text.slice(at, colon);
    const quoted = text[colon + 1] === '"';
    const end = quoted ? endOfQuotes(text, colon + 1) : endOfPlain(text, colon + 1);
    const raw = text.slice(colon + 1, end);
    names.push({ type, value: quoted ? String(JSON.parse(raw)) : raw });
    if (end < text.length && (!text.startsWith(', ', end) || end + 2 === text.length)) {
      throw malformed(text);
    }
    at = end + 2;
  }
  return names;
}

function endOfPlain(text: string, from: number): number {
  const comma = text.indexOf(', ', from);
  return comma === -1 ? text.length : comma;
}

function endOfQuotes(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') {
      at++;
    } else if (text[at] === '"') {
      return at + 1;
    }
  }
  throw malformed(text);
}

function malformed(text: string): Error {
  return new Error(`The subject alternative names ${JSON.stringify(text)} are not in the form of node:tls`);
}
