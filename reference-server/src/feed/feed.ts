/** Something that can be followed, such as the reservations of one user. `T` is JSON: it may travel between processes. */
export interface Topic<T> {
  readonly name: string;
  /** Only for the compiler. */
  readonly carries?: T;
}

/** A topic by its name: all that tell the same, everywhere, use the same name. */
export function topic<T>(name: string): Topic<T> {
  return { name };
}

/** One thing that was published. */
export interface Entry<T> {
  /** Greater than that of everything published before. */
  readonly number: number;
  readonly value: T;
}

/** What a follower gets at once; entries published from then on come by themselves. */
export interface Following<T> {
  /** What was published after the number asked for, oldest first; `undefined` when not all of it is known any more. */
  readonly missed: readonly Entry<T>[] | undefined;
  close(): void;
}

/** How topics are followed. */
export interface FollowOptions<T> {
  /** A number that {@link Feed.number} or an entry gave; without it nothing is missed that came before. */
  readonly after?: number | undefined;
  /** Told of each entry, in order. Must not throw. */
  readonly receive: (entry: Entry<T>) => void;
}

/**
 * News of what has changed, for whoever listens just now. It is no record: what was decided is in the store, and
 * a follower who comes too late reads it there.
 */
export interface Feed {
  /**
   * Tells those who follow a topic. Costs next to nothing when nobody does.
   *
   * @param make - the news; not called when nobody would hear them
   */
  publish<T>(topic: Topic<T>, make: () => T): void;
  /** Follows topics from the moment of the call on. */
  follow<T>(topics: readonly Topic<T>[], options: FollowOptions<T>): Promise<Following<T>>;
  /**
   * Tells those who hear a topic, and keeps nothing for those who come later.
   *
   * @returns how many took it.
   */
  tell<T>(topic: Topic<T>, value: T): Promise<number>;
  /** How many hear a topic. */
  hearers<T>(topic: Topic<T>): Promise<number>;
  /**
   * Hears what is told.
   *
   * @param receive - says whether it took it; must not throw
   * @returns a function that ends it.
   */
  hear<T>(topic: Topic<T>, receive: (value: T) => boolean): () => void;
  /** A new number, greater than any before it. A follower can go on after it. */
  number(): number;
  /** A new number, greater than any before it, which nobody can go on after: for parts of something larger. */
  unfinishedNumber(): number;
}
