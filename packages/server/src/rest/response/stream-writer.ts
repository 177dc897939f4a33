import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { fieldsOf } from '../json/message-fields.ts';
import type { RestCall } from '../rest-call.ts';
import { type AnswerTools, partWriter } from './answer-writer.ts';
import { errorMember } from './error-writer.ts';
import { typed } from './headers.ts';

/** JSON texts, one on each line. */
export const NDJSON = 'application/x-ndjson';
/** What an `EventSource` of a browser reads. */
export const EVENT_STREAM = 'text/event-stream';

/** Writes the answers of one call to a server-streaming method, one after another. */
export interface StreamWriter {
  readonly status: number;
  /**
   * The headers of the response.
   *
   * @param first - the first answer; `undefined` when the stream ends without one
   */
  headers(first: Message | undefined): Readonly<Record<string, string>>;
  /** One answer as it is sent. */
  message(answer: Message): string | Uint8Array;
  /**
   * An error after the first answer: the last thing that is sent. `undefined` for raw bodies, where nothing can tell
   * an error from content: the response is to be torn down.
   */
  error(reason: unknown, call: RestCall): string | undefined;
}

/** The forms in which a method's answers can be sent. */
export interface StreamForms {
  readonly offers: readonly string[];
  open(type: string): StreamWriter;
}

/** Whole numbers that do not wrap around. */
const WIDE_INTEGERS: ReadonlySet<ScalarType | undefined> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** The field whose value names the place of an answer in its stream. */
export function sequenceOf(output: DescMessage): DescField | undefined {
  return output.fields.find(
    (field) =>
      field.name === 'sequence' &&
      field.fieldKind === 'scalar' &&
      field.oneof === undefined &&
      WIDE_INTEGERS.has(field.scalar),
  );
}

/** Works out how the answers of a server-streaming method are sent. */
export function streamForms(
  output: DescMessage,
  responseBody: DescField | undefined,
  status: number,
  tools: AnswerTools,
  isRaw: boolean,
): StreamForms {
  const part = partWriter(output, responseBody, tools.writer);
  const text = (answer: Message): string => part(answer).body as string;
  const failure = (reason: unknown, call: RestCall): string =>
    `{${errorMember(tools.errorReader.thrown(reason), call)}}`;

  if (isRaw) {
    const raw: StreamWriter = {
      status,
      headers: (first) => typed((first && part(first).contentType) ?? 'application/octet-stream'),
      message: (answer) => part(answer).body,
      error: () => undefined,
    };
    return { offers: [], open: () => raw };
  }
  const lineHeaders = typed(NDJSON);
  const lines: StreamWriter = {
    status,
    headers: () => lineHeaders,
    message: (answer) => `${text(answer)}\n`,
    error: (reason, call) => `${failure(reason, call)}\n`,
  };
  const sequence = sequenceOf(output)?.localName;
  // Proxies that hold answers back would hold every event back.
  const eventHeaders = Object.freeze({ ...typed(EVENT_STREAM), 'x-accel-buffering': 'no' });
  const events: StreamWriter = {
    status,
    headers: () => eventHeaders,
    message: (answer) => {
      const id = sequence === undefined ? '' : `id: ${fieldsOf(answer)[sequence]}\n`;
      return `${id}data: ${text(answer)}\n\n`;
    },
    error: (reason, call) => `event: error\ndata: ${failure(reason, call)}\n\n`,
  };
  return { offers: [NDJSON, EVENT_STREAM], open: (type) => (type === EVENT_STREAM ? events : lines) };
}
