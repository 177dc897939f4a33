import { EventEmitter, on } from 'node:events';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { callOf, refuse } from '@traffic-tacos/server';
import { type ParcelService, Stage } from '../gen/parcels/v1/parcels_pb.js';

interface Stored {
  readonly parcelId: string;
  readonly senderId: string;
  readonly address: string;
  readonly takenAt: ReturnType<typeof timestampFromMs>;
  stage: Stage;
}

/**
 * A depot that keeps its parcels in memory. Who may call, how often, with what, and what a repeated key gets is no
 * business of it: the contract says so, and the server sees to it.
 *
 * @param stepMs - milliseconds from one stage to the next
 */
export function depot(stepMs: number): ServiceImpl<typeof ParcelService> {
  const parcels = new Map<string, Stored>();
  const moves = new EventEmitter().setMaxListeners(0);

  const find = (parcelId: string): Stored => {
    const parcel = parcels.get(parcelId);
    if (parcel === undefined) {
      throw refuse('NOT_FOUND', `there is no parcel ${parcelId}`);
    }
    return parcel;
  };
  const move = (parcel: Stored): void => {
    parcel.stage++;
    moves.emit(parcel.parcelId);
    if (parcel.stage < Stage.ARRIVED) {
      setTimeout(move, stepMs, parcel).unref();
    }
  };

  return {
    sendParcel({ address }, context) {
      const parcel: Stored = {
        parcelId: `parcel-${parcels.size + 1}`,
        senderId: callOf(context).caller.id,
        address,
        takenAt: timestampFromMs(Date.now()),
        stage: Stage.TAKEN,
      };
      parcels.set(parcel.parcelId, parcel);
      setTimeout(move, stepMs, parcel).unref();
      return { parcel };
    },
    getParcel: ({ parcelId }) => ({ parcel: find(parcelId) }),
    async *trackParcel({ parcelId }, { signal }) {
      const parcel = find(parcelId);
      const moved = on(moves, parcelId, { signal });
      yield { parcel };
      while (parcel.stage !== Stage.ARRIVED) {
        await moved.next();
        yield { parcel };
      }
    },
  };
}
