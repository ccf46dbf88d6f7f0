// Names of everything zkshift keeps in Redis, queues apart. The braces are a hash tag: all keys of one ensemble live on
// one node of a Redis Cluster, which a script that touches several of them needs.
import { type EnsembleName, ensembleOf, type RunId } from "../model/ids.ts";

const prefix = (ensemble: EnsembleName): string => `zkshift:{${ensemble}}`;

/** Stream: the log of one run. */
export const runKey = (run: RunId): string => `${prefix(ensembleOf(run))}:run:${run}`;
/** Sorted set: the ensemble's runs by the time they began. */
export const runsKey = (ensemble: EnsembleName): string => `${prefix(ensemble)}:runs`;
/** Text: the run that holds the ensemble from proposal to end. */
export const reservedKey = (ensemble: EnsembleName): string => `${prefix(ensemble)}:reserved`;
/** Hash with expiry: the worker that may act on the ensemble now. */
export const leaseKey = (ensemble: EnsembleName): string => `${prefix(ensemble)}:lease`;
/** Number: the newest fencing token given out; never deleted. */
export const tokenKey = (ensemble: EnsembleName): string => `${prefix(ensemble)}:token`;
/** Text with expiry: what a run shows while a step is under way. */
export const liveKey = (run: RunId): string => `${prefix(ensembleOf(run))}:live:${run}`;
/** Hash: what of a run stands in Slack. */
export const postedKey = (run: RunId): string => `${prefix(ensembleOf(run))}:posted:${run}`;
/** Text with expiry: the bot that may post for the run now. */
export const postingKey = (run: RunId): string => `${prefix(ensembleOf(run))}:posting:${run}`;
