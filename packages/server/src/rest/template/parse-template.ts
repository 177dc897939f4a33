import { decodeSegment } from '../routing/percent.ts';
import type { Segment, Template, Variable } from './template.ts';

/** A path template that does not follow the grammar. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * Parses a path template:
 *
 * ```
 * Template  = "/" Segments [ Verb ] ;
 * Segments  = Segment { "/" Segment } ;
 * Segment   = "*" | "**" | LITERAL | Variable ;
 * Variable  = "{" FieldPath [ "=" Segments ] "}" ;
 * FieldPath = IDENT { "." IDENT } ;
 * Verb      = ":" LITERAL ;
 * ```
 *
 * `/` alone, the root, is a template as well. Literals are compared after percent-decoding.
 *
 * @throws TemplateError that says what is wrong, where, and what is expected
 */
export function parseTemplate(text: string): Template {
  return new Parser(text).template();
}

const LITERAL = /[^/{}*=:?#\s\p{Cc}]+/uy;
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #segments: Segment[] = [];
  readonly #variables: Variable[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  template(): Template {
    if (!this.#take('/')) {
      throw this.#error('expected "/"');
    }
    let verb = '';
    if (this.#at < this.#text.length) {
      this.#parseSegments(false);
      if (this.#take(':')) {
        verb = this.#literal('a verb');
      }
    }
    if (this.#at < this.#text.length) {
      throw this.#error(this.#unexpected());
    }
    const rest = this.#segments.findIndex((segment) => segment.kind === 'rest');
    if (rest !== -1 && rest !== this.#segments.length - 1) {
      throw new TemplateError('"**" is followed by further segments; it must be the last one');
    }
    return { text: this.#text, segments: this.#segments, variables: this.#variables, verb };
  }

  #parseSegments(inVariable: boolean): void {
    do {
      this.#segment(inVariable);
    } while (this.#take('/'));
  }

  #segment(inVariable: boolean): void {
    if (this.#take('**')) {
      this.#segments.push({ kind: 'rest' });
    } else if (this.#take('*')) {
      this.#segments.push({ kind: 'one' });
    } else if (this.#text[this.#at] === '{') {
      if (inVariable) {
        throw this.#error('a variable must not contain another one');
      }
      this.#at++;
      this.#variable();
    } else {
      this.#segments.push({ kind: 'literal', text: this.#literal('a segment') });
    }
  }

  #variable(): void {
    const fieldPath = [this.#ident()];
    while (this.#take('.')) {
      fieldPath.push(this.#ident());
    }
    const start = this.#segments.length;
    if (this.#take('=')) {
      this.#parseSegments(true);
    } else {
      this.#segments.push({ kind: 'one' });
    }
    if (!this.#take('}')) {
      throw this.#error('expected "}"');
    }
    const name = fieldPath.join('.');
    if (this.#variables.some((other) => other.fieldPath.join('.') === name)) {
      throw new TemplateError(`the variable ${name} occurs twice`);
    }
    const open = this.#segments.at(-1)?.kind === 'rest';
    this.#variables.push({ fieldPath, start, end: open ? undefined : this.#segments.length });
  }

  #literal(what: string): string {
    const raw = this.#match(LITERAL);
    if (raw === undefined) {
      throw this.#error(`expected ${what}`);
    }
    const text = decodeSegment(raw);
    if (text === undefined) {
      throw new TemplateError(`"${raw}" is not percent-encoded UTF-8`);
    }
    return text;
  }

  #ident(): string {
    const name = this.#match(IDENT);
    if (name === undefined) {
      throw this.#error('expected the name of a field');
    }
    return name;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(token: string): boolean {
    const found = this.#text.startsWith(token, this.#at);
    this.#at += found ? token.length : 0;
    return found;
  }

  #unexpected(): string {
    const verbTooEarly = this.#text[this.#at] === '/' && this.#text.lastIndexOf(':', this.#at) !== -1;
    return verbTooEarly
      ? 'a verb (":name") is for the end of the template; write a colon elsewhere as %3A'
      : 'expected "/", ":" or the end';
  }

  #error(problem: string): TemplateError {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at)}"` : 'the end';
    return new TemplateError(`at character ${this.#at + 1}, ${found}: ${problem}`);
  }
}
