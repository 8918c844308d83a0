// Runs the kernels on the processor against the definition, written down here once more in double, step by step and without any
// blocks, chunks or checkpoints. Built with sanitizers: arrays are exactly as long as they have to be, so a wrong index is an error.
#include "scan_on_cpu.cpp"
#include <algorithm>
#include <cstdio>
#include <random>

static const int R = RANK, N = STATES, K = 4;
static int failures;

struct Case
{
    int B, H, W, D;
    int L() const { return H * W; }
};

// Outputs of the definition: y, and the loss sum(y * g) by x, projected, deltaWeight, deltaBias and A.
struct Expected
{
    std::vector<double> y, dx, dRows, dDeltaRows, dWeight, dBias, dA;
};

struct Inputs
{
    std::vector<float> x, projected, weight, bias, a2, skip, g;
};

static Inputs draw(const Case& c, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    auto values = [&](size_t n, float scale, float shift) {
        std::vector<float> v(n);
        for (float& f : v)
            f = scale * normal(random) + shift;
        return v;
    };
    Inputs in{values((size_t)c.B * c.L() * c.D, 1, 0), values((size_t)c.B * c.L() * K * STRIDE, 1, 0),
              values((size_t)K * R * c.D, 1 / std::sqrt((float)R), 0), values((size_t)K * c.D, 1, -3),
              values((size_t)K * N * c.D, 0, 0), values(c.D, 0.2f, 4), values((size_t)c.B * c.L() * c.D, 1, 0)};
    for (size_t i = 0; i < in.a2.size(); i++)
        in.a2[i] = -(float)(i / c.D % N + 1) * std::exp(0.1f * normal(random)) * LOG2E;
    return in;
}

static Expected define(const Case& c, const Inputs& in)
{
    const int L = c.L(), D = c.D;
    Expected out{std::vector<double>(in.x.size()), std::vector<double>(in.x.size()),
                 std::vector<double>((size_t)c.B * L * K * 2 * N), std::vector<double>((size_t)K * c.B * L * D),
                 {}, {}, std::vector<double>((size_t)c.B * K * N * D)};
    std::vector<double> h((size_t)(L + 1) * N), deltas(L), pres(L);
    for (int b = 0; b < c.B; b++)
        for (int k = 0; k < K; k++)
        {
            std::vector<int> walk;
            for (int i = 0; i < (k & 1 ? c.W : c.H); i++)
                for (int j = 0; j < (k & 1 ? c.H : c.W); j++)
                    walk.push_back(k & 1 ? j * c.W + i : i * c.W + j);
            if (k >= 2)
                std::reverse(walk.begin(), walk.end());
            for (int d = 0; d < D; d++)
            {
                auto row = [&](int t) { return in.projected.data() + (((size_t)b * L + walk[t]) * K + k) * STRIDE; };
                auto token = [&](int t) { return ((size_t)b * L + walk[t]) * D + d; };
                auto a2 = [&](int n) { return (double)in.a2[((size_t)k * N + n) * D + d]; };
                std::fill(h.begin(), h.begin() + N, 0);
                for (int t = 0; t < L; t++)
                {
                    double pre = in.bias[k * D + d];
                    for (int r = 0; r < R; r++)
                        pre += (double)in.weight[((size_t)k * R + r) * D + d] * row(t)[r];
                    pres[t] = pre;
                    deltas[t] = std::fmax(pre, 0) + std::log1p(std::exp(-std::fabs(pre)));
                    double y = 0;
                    for (int n = 0; n < N; n++)
                    {
                        h[(size_t)(t + 1) * N + n] = std::exp2(deltas[t] * a2(n)) * h[(size_t)t * N + n]
                            + deltas[t] * in.x[token(t)] * row(t)[R + n];
                        y += h[(size_t)(t + 1) * N + n] * row(t)[R + N + n];
                    }
                    out.y[token(t)] += y;
                }
                std::vector<double> carried(N);
                for (int t = L - 1; t >= 0; t--)
                {
                    const double u = in.x[token(t)], g = in.g[token(t)];
                    double byDelta = 0;
                    for (int n = 0; n < N; n++)
                    {
                        const double a = std::exp2(deltas[t] * a2(n)), e = carried[n] + g * row(t)[R + N + n];
                        const double q = e * a * h[(size_t)t * N + n];
                        double* rows = &out.dRows[(((size_t)b * L + walk[t]) * K + k) * 2 * N];
                        rows[n] += e * deltas[t] * u;
                        rows[N + n] += g * h[(size_t)(t + 1) * N + n];
                        out.dx[token(t)] += e * row(t)[R + n] * deltas[t];
                        byDelta += e * row(t)[R + n] * u + q * a2(n) / LOG2E;
                        out.dA[(((size_t)b * K + k) * N + n) * D + d] += q * deltas[t];
                        carried[n] = a * e;
                    }
                    out.dDeltaRows[((size_t)k * c.B * L + (size_t)b * L + walk[t]) * D + d] = byDelta / (1 + std::exp(-pres[t]));
                }
            }
        }
    for (size_t i = 0; i < in.x.size(); i++)
    {
        out.y[i] += (double)in.skip[i % D] * in.x[i];
        out.dx[i] += (double)in.skip[i % D] * in.g[i];
    }
    return out;
}

static void compare(const Case& c, const char* name, const std::vector<float>& came, const std::vector<double>& expected, double tolerance)
{
    double largest = 0, difference = 0;
    bool finite = came.size() == expected.size();
    for (size_t i = 0; finite && i < came.size(); i++)
    {
        finite = std::isfinite(came[i]);
        largest = std::fmax(largest, std::fabs(expected[i]));
        difference = std::fmax(difference, std::fabs(came[i] - expected[i]));
    }
    const bool good = finite && difference <= tolerance * largest;
    failures += !good;
    std::printf("%s B %d, %d x %d, D %d, rank %d, states %d: %s %.1e\n", good ? "ok  " : "FAIL", c.B, c.H, c.W, c.D, R, N, name,
                largest > 0 ? difference / largest : difference);
}

static void check(const Case& c, unsigned seed)
{
    const Inputs in = draw(c, seed);
    const Expected expected = define(c, in);
    const size_t tokens = (size_t)c.B * c.L(), groups = blocks(c.D), chunks = (c.L() + CHUNK - 1) / CHUNK;
    std::vector<float> y4(tokens * K * c.D), y(tokens * c.D), checkpoints(c.B * K * chunks * N * c.D), dx4(y4.size()), dx(y.size());
    std::vector<float> dPre(y4.size()), dRows(groups * tokens * K * 2 * N), dA((size_t)c.B * K * N * c.D), unkept(y4.size());
    const long long perImage = (long long)c.L() * c.D, all = c.B * perImage;

    cpu_scan_forward(in.x.data(), in.projected.data(), in.weight.data(), in.bias.data(), in.a2.data(), y4.data(), checkpoints.data(),
                     c.B, c.H, c.W, c.D);
    cpu_scan_merge(y4.data(), in.x.data(), in.skip.data(), y.data(), perImage, all, c.D);
    cpu_scan_forward(in.x.data(), in.projected.data(), in.weight.data(), in.bias.data(), in.a2.data(), unkept.data(), nullptr,
                     c.B, c.H, c.W, c.D);
    cpu_scan_backward(in.g.data(), in.x.data(), in.projected.data(), in.weight.data(), in.bias.data(), in.a2.data(),
                      checkpoints.data(), dx4.data(), dPre.data(), dRows.data(), dA.data(), c.B, c.H, c.W, c.D);
    cpu_scan_merge(dx4.data(), in.g.data(), in.skip.data(), dx.data(), perImage, all, c.D);

    std::vector<float> rows(tokens * K * 2 * N);
    const size_t perPart = (size_t)c.L() * K * 2 * N;
    for (int b = 0; b < c.B; b++)
        for (size_t part = 0; part < groups; part++)
            for (size_t i = 0; i < perPart; i++)
                rows[b * perPart + i] += dRows[(b * groups + part) * perPart + i];
    compare(c, "y", y, expected.y, 2e-6);
    compare(c, "dx", dx, expected.dx, 5e-6);
    compare(c, "dB, dC", rows, expected.dRows, 5e-6);
    compare(c, "d delta", dPre, expected.dDeltaRows, 5e-6);
    compare(c, "dA", dA, expected.dA, 5e-6);
    failures += y4 != unkept;
}

int main()
{
    check({2, 1, 1, 3}, 1);                      // a single token, fewer channels than a block
    check({2, 3, 5, BLOCK + 3}, 2);              // less than a chunk, a block that is nearly idle
    check({1, CHUNK, 1, BLOCK}, 3);              // exactly a chunk, one column
    check({1, 1, CHUNK + 1, 2 * BLOCK}, 4);      // one step more, one row
    check({3, 7, 9, 5}, 5);                      // several chunks
    std::printf("%d wrong\n", failures);
    return failures != 0;
}
