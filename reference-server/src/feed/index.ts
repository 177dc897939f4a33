export { type Announcement, announcement, announcingStore } from './announcing-store.ts';
export { asCause } from './cause.ts';
export { type Entry, type Feed, type Following, type Topic, topic } from './feed.ts';
export { type MemoryFeedOptions, memoryFeed } from './memory-feed.ts';
