/**
 * Continuous batching: which sequences run in the next step, and what a finished step means for them.
 *
 * <p>Pure and deterministic. No thread, no clock, no socket, no tensor lives here: time, seeds and results are passed
 * in, plans and events come out. The model stands behind {@link io.millrace.engine.ModelStage}.
 *
 * <h2>The idea</h2>
 *
 * There is no prefill phase and no decode phase. A sequence has known tokens, and some of their positions are computed.
 * A step lets sequences catch up: with many tokens where a prompt is new or a cache was lost, with one token where a
 * stream runs. Computing the last known token draws the next one. Chunked prefill, decoding, and recomputing are the
 * same thing at different distances.
 *
 * <h2>The life of a sequence</h2>
 *
 * <pre>{@code
 *              no block or memory left: the youngest, or evicted for those that wait
 *                 +--------------------------------------------+
 *                 v                                            |
 *  submit --> WAITING ----- slot free, blocks for all ----> RUNNING <---+
 *                 ^  ^      its tokens free: by arrival        |        | unstall, has its slot
 *                 |  |                                         v stall  |
 *                 |  +-- unstall, has lost its slot -------- STALLED ---+
 *                 |                                            |
 *                 +--- unpark --- PARKED <--- park (any) ------+
 *
 *  any --> ENDED:  STOP, LENGTH (a step's token)    STOP (finish)    CANCELLED (cancel)
 *                  SLOW_CONSUMER (expire)           ERROR (fail, endAll)
 * }</pre>
 *
 * WAITING and PARKED hold tokens only. RUNNING holds a slot (a row of the KV cache) and blocks. STALLED holds them
 * until others need them. The id is the order of arrival; whoever waits again is served by it, so nobody starves.
 *
 * <h2>A step is a transaction</h2>
 *
 * <pre>{@code
 *  plan:    choose -> reserve blocks -> count positions as computed, tokens as pending -> StepPlan
 *  commit:  tokens become known, events go out
 *  fail:    this step and all later ones are taken back: positions, pending tokens, blocks
 * }</pre>
 *
 * Up to {@code stepsInFlight} steps are out at once. Where the runner feeds tokens back, the next step is planned with
 * {@link io.millrace.engine.StepPlan#PENDING} in place of a token that is still being drawn; so an end is learned one
 * step late, and the extra token is dropped. Where it does not, a sequence whose token is in flight sits out, and the
 * sequences are spread over the steps so that every pipeline stage has work.
 *
 * <p>Steps run in the order of their ids on every stage. That is why a slot or block may change hands while a step of
 * its old owner is still running ({@link io.millrace.engine.KvLedger}), and why a sequence that loses its slot keeps
 * the tokens that its steps in flight bring. It is not seated again before they have come.
 *
 * <h2>What is computed once</h2>
 *
 * Sequences of one salt that begin alike share whole blocks of keys and values. A block becomes known, by a digest of all tokens up
 * to its end, when the step that computed it is committed; until then, whoever needs the same block sits out. A sequence looks for
 * known blocks when it gets its slot and again between two blocks, so a hit is one more way to catch up. Where the cache is
 * paged, sequences hold the same blocks, which nobody writes any more; where it is rows, blocks are copied through a store
 * beside them ({@link io.millrace.engine.KvSharing}), by copies that are part of the plan and keep its order. What nobody holds
 * stays until its memory is wanted, the least recently used first. A sequence that is set back finds there what is left of it.
 *
 * <h2>What is guessed</h2>
 *
 * Where a runner verifies drafts, and few sequences run, the tokens that may follow a sequence's last one are computed with it, in one
 * slice. Every position draws by itself, as it would alone; what was drawn counts up to the first token that is another than the
 * guess, and the positions behind are taken back when the step is committed. So guesses change when tokens come, and never which
 * ({@link io.millrace.engine.Speculation}).
 *
 * <h2>Who knows what</h2>
 *
 * <pre>{@code
 *  Scheduler ----- the calls from outside, and what a report means
 *   +- AdmissionRules, StartRate ... who may wait; when to try again
 *   +- StepPlanner ................. who is in a step, with how many tokens
 *   +- StepsInFlight ............... plans that are out; rollback
 *   +- Prefixes .................... what a sequence need not compute, or should wait for
 *       +- PrefixSharing ........... BlocksInPlace, BlocksByCopy
 *   +- Speculation ................ whose next tokens are guessed, by a DraftSource such as PromptLookup
 *   +- SeatLimit ................... fewer residents after a lack of memory
 *   +- StepBounds .................. fewer residents and prompt tokens, by a BatchTuner that watches the workers
 *   +- Roster ...................... the states above, and the lists by state
 *       +- KvLedger, BlockPool ..... slots and blocks, conserved; PrefixCache: what blocks hold, and which go first
 *       +- Sequence ................ tokens of one generation, and how far they are computed
 * }</pre>
 */
package io.millrace.engine;
