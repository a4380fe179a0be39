/** Property tests try the same cases everywhere, so that a red one is red for everybody; FC_SEED tries others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_124) });
