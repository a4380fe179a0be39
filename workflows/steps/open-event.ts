/** The first step of every change: the directory takes HR's word, and says which applications it concerns. */
import type { LaneEvent } from '#domain/lane.ts';
import type { OpenedEvent } from '#activities/events.ts';
import { inPassing } from '../activities.ts';

/** Writes the person as HR now says. `repeated` when this event was carried out before: then nothing is to be done. */
export async function openEvent(event: LaneEvent): Promise<OpenedEvent> {
  return inPassing(`directory: ${event.type} ${event.person}`, (directory) => directory.openEvent(event));
}
