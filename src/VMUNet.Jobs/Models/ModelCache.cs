using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data.Processing;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Jobs.Models;

/// <summary>
/// Models in memory, by weights. Work runs on the inference queue's threads with its model held, so a model that is put
/// out while it works is disposed only afterwards. The least recently used goes first.
/// </summary>
public sealed class ModelCache : IDisposable
{
    private readonly InferenceQueue _queue;
    private readonly IOptions<JobsOptions> _options;
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    /// <summary>An empty cache; what is said of devices goes to its log from now on.</summary>
    public ModelCache(InferenceQueue queue, IOptions<JobsOptions> options, ILogger<ModelCache> logger)
    {
        (_queue, _options) = (queue, options);
        ComputeNotes.SendTo(line => Log.Device(logger, line));
    }

    /// <summary>Loads the model if need be, and runs the work with it on an inference thread.</summary>
    /// <exception cref="ModelUnusableException">The model's files are damaged or missing.</exception>
    public Task<T> RunAsync<T>(RegisteredModel model, Func<LoadedModel, CancellationToken, T> work, CancellationToken ct) =>
        _queue.RunAsync(token =>
        {
            Entry entry = Take(model);
            try
            {
                return work(entry.Model.Value, token);
            }
            finally
            {
                Return(entry);
            }
        }, ct);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Entry entry in _entries.Where(e => e.Model.IsValueCreated))
            {
                entry.Model.Value.Dispose();
            }
            _entries.Clear();
        }
    }

    private Entry Take(RegisteredModel model)
    {
        lock (_lock)
        {
            Entry? entry = _entries.Find(e => e.WeightsSha256 == model.WeightsSha256);
            if (entry is null)
            {
                entry = new Entry(model.WeightsSha256, new Lazy<LoadedModel>(() => Load(model)));
            }
            else
            {
                _entries.Remove(entry);
            }
            _entries.Insert(0, entry);
            entry.Users++;
            return entry;
        }
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            if (!entry.Model.IsValueCreated)
            {
                _entries.Remove(entry); // it did not load; try afresh next time
            }
            for (int i = _entries.Count - 1; i >= 0 && _entries.Count > _options.Value.ModelsInMemory; i--)
            {
                if (_entries[i].Users == 0)
                {
                    _entries[i].Model.Value.Dispose();
                    _entries.RemoveAt(i);
                }
            }
        }
    }

    private LoadedModel Load(RegisteredModel model)
    {
        LoadedModel loaded;
        try
        {
            loaded = _options.Value.FastProfile
                ? LoadedModel.LoadFastest(model.Folder, _options.Value.Device)
                : LoadedModel.Load(model.Folder, device: _options.Value.Device);
        }
        catch (BadInputException e)
        {
            throw new ModelUnusableException(e.Message, e); // our fault, not the series'
        }
        if (loaded.WeightsSha256 == model.WeightsSha256)
        {
            return loaded;
        }
        string came = loaded.WeightsSha256;
        loaded.Dispose();
        throw new ModelUnusableException(
            $"Model {model.Name} was registered with weights {model.WeightsSha256}, but its folder now holds {came}; "
            + "restore the folder, or register it as a new version");
    }

    private sealed class Entry(string weightsSha256, Lazy<LoadedModel> model)
    {
        public string WeightsSha256 { get; } = weightsSha256;

        public Lazy<LoadedModel> Model { get; } = model;

        public int Users { get; set; }
    }
}

/// <summary>A registered model cannot be loaded: files are missing, damaged or exchanged. Trying again would not help.</summary>
public sealed class ModelUnusableException(string message, Exception? inner = null) : Exception(message, inner);
