import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createDatabaseService, type DatabaseService } from './database-service.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts';

if (parentPort === null) {
  throw new Error('this file is the worker thread of the embedded store: openEmbeddedStore starts it');
}
serve(parentPort, workerData as WorkerSetup);

function serve(port: MessagePort, setup: WorkerSetup): void {
  const answer = (message: FromWorker): void => port.postMessage(message);
  let service: DatabaseService | undefined;

  /** After an error of the database nothing more is tried: only opening it again can tell what is on disk. */
  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      answer({ lane: 'failed', message: error instanceof Error ? error.message : String(error) });
      port.close();
      service?.close();
    }
  }

  guarded(() => {
    service = createDatabaseService(setup, answer);
    const { handle, close } = service;
    port.on('message', (first: ToWorker) => {
      const messages = [first];
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        messages.push(next.message);
      }
      guarded(() => {
        if (handle(messages) === 'ended') {
          close();
          port.close();
        }
      });
    });
    answer({ lane: 'opened', extents: service.extents });
  });
}
