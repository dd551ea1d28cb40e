#include "../include/ck_chain.h"

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"
#include "../runtime/sizes.h"
#include "../runtime/work.h"

/// What lies between steps takes half a first cache; with chunks longer than `longest_chunk`, the calls of the steps no
/// longer count.
enum { scratch_elements = 4096, longest_chunk = 2048 };

/// The matrix is cut into chunks of some whole rows, or of a part of one row.
typedef struct chain_call {
    const ck_vector_kernels *kernels;
    const ck_chain_step *steps;
    size_t step_count;
    size_t rows, columns;
    size_t chunk_rows, chunk_columns, chunks_across;
    size_t slots[CK_CHAIN_MOST_STEPS]; ///< which stretch of scratch holds a chunk of the result of a step without a y
    float *spare; ///< the last y, if it may serve as slot 0 until then: the fewer places, the more fit the first cache
} chain_call;

/// One chunk on its way through the steps.
typedef struct passage {
    size_t row, column, rows, columns;
    size_t first, count; ///< its elements: they follow one another in memory
    const float *results[CK_CHAIN_MOST_STEPS];
} passage;

static passage passage_of(const chain_call *call, size_t chunk) {
    passage p = {.row = chunk / call->chunks_across * call->chunk_rows,
                 .column = chunk % call->chunks_across * call->chunk_columns};
    p.rows = ck_lesser(call->chunk_rows, call->rows - p.row);
    p.columns = ck_lesser(call->chunk_columns, call->columns - p.column);
    p.first = p.row * call->columns + p.column;
    p.count = p.rows * p.columns;
    return p;
}

/// Where the chunk's elements of an operand begin.
static const float *elements(const passage *p, const ck_chain_operand *operand) {
    switch (operand->form) {
    case CK_CHAIN_RESULT: return p->results[operand->step];
    case CK_CHAIN_WHOLE: return operand->memory + p->first;
    case CK_CHAIN_ROW: return operand->memory + p->column;
    case CK_CHAIN_COLUMN: return operand->memory + p->row;
    default: return operand->memory;
    }
}

static int is_whole(const ck_chain_operand *operand) { return operand->form <= CK_CHAIN_WHOLE; }

/// 1 if the operand differs from row to row, or from column to column, but not both.
static int is_stretched(const ck_chain_operand *operand) {
    return operand->form == CK_CHAIN_ROW || operand->form == CK_CHAIN_COLUMN;
}

/// How far an operand's elements lie apart, from row to row of `columns` elements and from column to column.
static size_t row_stride(const ck_chain_operand *operand, size_t columns) {
    return is_whole(operand) ? columns : operand->form == CK_CHAIN_COLUMN;
}

static size_t column_stride(const ck_chain_operand *operand) {
    return is_whole(operand) || operand->form == CK_CHAIN_ROW;
}

static void run_binary(const ck_vector_kernels *kernels, const ck_chain_step *step, const passage *p, float *y) {
    // Without a stretched operand the chunk is one long row.
    const int is_matrix = is_stretched(&step->a) || is_stretched(&step->b);
    const size_t rows = is_matrix ? p->rows : 1, columns = is_matrix ? p->columns : p->count;
    const ck_binary_operands operands = {
        .columns = columns,
        .a = elements(p, &step->a),
        .a_row = row_stride(&step->a, columns),
        .a_column = column_stride(&step->a),
        .b = elements(p, &step->b),
        .b_row = row_stride(&step->b, columns),
        .b_column = column_stride(&step->b),
        .y = y,
        .ldy = columns,
    };
    kernels->binary((ck_binary)step->operation, &operands, 0, rows);
}

static void run_dropout(const ck_vector_kernels *kernels, const ck_chain_step *step, const passage *p, float *y) {
    ck_random random = step->random;
    random.offset += p->first;
    kernels->dropout(random, p->count, step->scale, elements(p, &step->a), y);
}

static void run_step(const ck_vector_kernels *kernels, const ck_chain_step *step, const passage *p, float *y) {
    switch (step->kind) {
    case CK_CHAIN_UNARY: kernels->unary((ck_unary)step->operation, p->count, elements(p, &step->a), y); break;
    case CK_CHAIN_AFFINE: kernels->affine(p->count, step->scale, step->offset, elements(p, &step->a), y); break;
    case CK_CHAIN_BINARY: run_binary(kernels, step, p, y); break;
    case CK_CHAIN_ACTIVATION:
        kernels->activation((ck_activation)step->operation, p->count, elements(p, &step->a), y);
        break;
    case CK_CHAIN_ACTIVATION_BACKWARD:
        kernels->activation_backward((ck_activation)step->operation, p->count, elements(p, &step->a),
                                     elements(p, &step->b), y);
        break;
    case CK_CHAIN_DROPOUT: run_dropout(kernels, step, p, y); break;
    }
}

/// Where the chunk of a result lies that has no y.
static float *place_of(const chain_call *call, size_t step, const passage *p, float *scratch) {
    const size_t slot = call->slots[step];
    if (call->spare == NULL) return scratch + slot * call->chunk_rows * call->chunk_columns;
    return slot == 0 ? call->spare + p->first : scratch + (slot - 1) * call->chunk_rows * call->chunk_columns;
}

static void run_chunks(void *context, size_t begin, size_t end) {
    const chain_call *call = context;
    _Alignas(64) float scratch[scratch_elements];
    for (size_t chunk = begin; chunk < end; chunk++) {
        passage p = passage_of(call, chunk);
        for (size_t s = 0; s < call->step_count; s++) {
            const ck_chain_step *step = &call->steps[s];
            float *y = step->y != NULL ? step->y + p.first : place_of(call, s, &p, scratch);
            run_step(call->kernels, step, &p, y);
            p.results[s] = y;
        }
    }
}

static int has_b(const ck_chain_step *step) {
    return step->kind == CK_CHAIN_BINARY || step->kind == CK_CHAIN_ACTIVATION_BACKWARD;
}

static int is_operand(const ck_chain_operand *operand, size_t step, int may_repeat) {
    if (operand->form == CK_CHAIN_RESULT) return operand->step < step;
    const ck_chain_form last = may_repeat ? CK_CHAIN_NUMBER : CK_CHAIN_WHOLE;
    return (unsigned)operand->form <= (unsigned)last && operand->memory != NULL;
}

static int is_step(const ck_chain_step *steps, size_t step, size_t step_count) {
    static const int most_operation[] = {CK_GREATER_THAN_ZERO, 0, CK_MINIMUM, CK_SIGMOID, CK_SIGMOID, 0};
    const ck_chain_step *s = &steps[step];
    if ((unsigned)s->kind > CK_CHAIN_DROPOUT) return 0;
    const int has_operation = s->kind != CK_CHAIN_AFFINE && s->kind != CK_CHAIN_DROPOUT;
    if (has_operation && (s->operation < 0 || s->operation > most_operation[s->kind])) return 0;
    if (s->kind == CK_CHAIN_DROPOUT && !(s->scale >= 0 && s->scale < 1)) return 0;
    const int may_repeat = s->kind == CK_CHAIN_BINARY;
    if (!is_operand(&s->a, step, may_repeat)) return 0;
    if (has_b(s) && !is_operand(&s->b, step, may_repeat)) return 0;
    return s->y != NULL || step + 1 < step_count;
}

static size_t work_of(const ck_chain_step *step) {
    switch (step->kind) {
    case CK_CHAIN_UNARY: return ck_work_of_unary((ck_unary)step->operation);
    case CK_CHAIN_ACTIVATION:
    case CK_CHAIN_ACTIVATION_BACKWARD: return ck_work_of_activation((ck_activation)step->operation);
    case CK_CHAIN_DROPOUT: return ck_work_of_random_bits;
    default: return 1;
    }
}

/// Gives every result without a y a slot that it may have until its last reader has run, who may take it over. Returns
/// how many slots there are.
static size_t assign_slots(chain_call *call) {
    size_t last_reader[CK_CHAIN_MOST_STEPS] = {0}, holder[CK_CHAIN_MOST_STEPS], count = 0;
    for (size_t s = 0; s < call->step_count; s++) {
        const ck_chain_step *step = &call->steps[s];
        if (step->a.form == CK_CHAIN_RESULT) last_reader[step->a.step] = s;
        if (has_b(step) && step->b.form == CK_CHAIN_RESULT) last_reader[step->b.step] = s;
    }
    for (size_t s = 0; s < call->step_count; s++) {
        if (call->steps[s].y != NULL) continue;
        size_t slot = 0;
        while (slot < count && last_reader[holder[slot]] > s) slot++;
        if (slot == count) count++;
        call->slots[s] = slot;
        holder[slot] = s;
    }
    return count;
}

/// The last y, unless a step reads what stands there.
static float *spare_of(const chain_call *call) {
    float *y = call->steps[call->step_count - 1].y;
    for (size_t s = 0; s < call->step_count; s++) {
        const ck_chain_step *step = &call->steps[s];
        if (step->a.form != CK_CHAIN_RESULT && step->a.memory == y) return NULL;
        if (has_b(step) && step->b.form != CK_CHAIN_RESULT && step->b.memory == y) return NULL;
    }
    return y;
}

static int has_stretched_operand(const chain_call *call) {
    for (size_t s = 0; s < call->step_count; s++) {
        const ck_chain_step *step = &call->steps[s];
        if (step->kind == CK_CHAIN_BINARY && (is_stretched(&step->a) || is_stretched(&step->b))) return 1;
    }
    return 0;
}

/// One chunk, with room for all results: so little work that planning it would be felt.
static void leave_whole(chain_call *call) {
    for (size_t s = 0; s < call->step_count; s++) call->slots[s] = s;
    call->chunk_rows = call->rows, call->chunk_columns = call->columns, call->chunks_across = 1;
}

/// Chunks as large as the scratch has room for, of a matrix or of one long row.
static void cut(chain_call *call) {
    if (!has_stretched_operand(call)) call->columns *= call->rows, call->rows = 1;
    call->spare = spare_of(call);
    const size_t places = assign_slots(call), slots = call->spare != NULL && places > 0 ? places - 1 : places;
    const size_t chunk = slots == 0 ? longest_chunk : ck_lesser(longest_chunk, scratch_elements / slots / 64 * 64);
    call->chunk_columns = ck_lesser(chunk, call->columns);
    call->chunk_rows = call->columns > chunk ? 1 : chunk / call->columns;
    call->chunks_across = ck_divide_up(call->columns, call->chunk_columns);
}

ck_status ck_chain_f32(ck_pool *pool, size_t rows, size_t columns, const ck_chain_step *steps, size_t step_count) {
    if (step_count > CK_CHAIN_MOST_STEPS) return CK_INVALID_ARGUMENT;
    if (rows == 0 || columns == 0 || step_count == 0) return CK_OK;
    if (steps == NULL) return CK_INVALID_ARGUMENT;
    size_t work = 0;
    for (size_t s = 0; s < step_count; s++) {
        if (!is_step(steps, s, step_count)) return CK_INVALID_ARGUMENT;
        work += work_of(&steps[s]);
    }
    chain_call call = {
        .kernels = ck_dispatch_current()->vector, .steps = steps, .step_count = step_count, .rows = rows,
        .columns = columns};
    if (rows * columns <= scratch_elements / CK_CHAIN_MOST_STEPS) leave_whole(&call);
    else cut(&call);
    const size_t chunks = ck_divide_up(call.rows, call.chunk_rows) * call.chunks_across;
    ck_parallel_ranges(pool, chunks, 1, work * call.chunk_rows * call.chunk_columns, run_chunks, &call);
    return CK_OK;
}
