import type {
  DescMessage,
  DescMethod,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { Caller, StillWorld, World } from './world.ts';

/** Where the calls of a case go. */
export interface Worlds extends World {
  /** For what needs a clock that can be set. */
  readonly still: StillWorld;
}

/** A call that is let in, and what its answer has to contain. */
export interface GoodCall<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly by: Caller;
  readonly request: MessageInitShape<I>;
  /** What the answer contains; of a stream, the first messages in their order. */
  readonly answers: readonly [Contained, ...Contained[]];
  /** What happens when a stream's first message has been read, so that it has more to tell. */
  readonly meanwhile?: () => Promise<unknown>;
  /** What is true after the call. */
  readonly afterwards?: (answer: MessageShape<O>) => void | Promise<void>;
}

/** Fields that a message has, as for `toMatchObject`. */
export type Contained = Readonly<Record<string, unknown>>;

/** A call that is refused. */
export interface BadCall<I extends DescMessage = DescMessage> {
  readonly by: Caller;
  readonly request: MessageInitShape<I>;
  readonly refused: Refused | SaidInAnswer;
}

/** A refusal: whether it comes in the answer or as a status, the contract's error table says. */
export interface Refused {
  /** The error code's name without prefix. */
  readonly code: string;
  /** `field REASON` for each cause. */
  readonly details: readonly string[];
}

/** What protocols that are not the contract's say in an answer of their own. */
export interface SaidInAnswer {
  readonly answer: Contained;
}

/** The calls of one method: made when their turn comes. */
export interface MethodCase<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  good(worlds: Worlds): Promise<GoodCall<I, O>>;
  /** Left out where the request has no field that could be wrong. */
  bad?(worlds: Worlds): Promise<BadCall<I>>;
}

/** The cases of every method of a service, by the methods' names in TypeScript. */
export type CasesOf<S extends DescService> = {
  readonly [M in keyof S['method']]: S['method'][M] extends DescMethod
    ? MethodCase<S['method'][M]['input'], S['method'][M]['output']>
    : never;
};
