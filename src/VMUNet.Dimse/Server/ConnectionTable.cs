using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse;

/// <summary>Who is connected, and the caps of the server over them.</summary>
internal sealed class ConnectionTable(DimseServerOptions options)
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _pending = [];
    private readonly Dictionary<(string Lane, IPAddress Address), int> _ofAddress = [];
    private readonly Dictionary<string, int> _ofLane = [];
    private readonly AssociationLane _main = new("main", options.MaxAssociations, options.MaxAssociationsPerAddress);

    /// <summary>Number of associations at the moment.</summary>
    public int Associations
    {
        get
        {
            lock (_lock)
            {
                return _ofLane.Values.Sum();
            }
        }
    }

    /// <summary>A connection without association; closes the oldest ones over the caps.</summary>
    public Entry AddPending(Socket socket, IPAddress address)
    {
        var entry = new Entry(socket, address);
        var tooMany = new List<Entry>();
        lock (_lock)
        {
            _pending.Add(entry);
            if (_pending.Count(e => e.Address.Equals(address)) > options.MaxPendingPerAddress)
            {
                tooMany.Add(_pending.First(e => e.Address.Equals(address)));
            }
            else if (_pending.Count > options.MaxPending)
            {
                tooMany.Add(_pending[0]);
            }

            _pending.RemoveAll(tooMany.Contains);
        }

        tooMany.ForEach(e => e.Socket.Dispose());
        return entry;
    }

    /// <summary>Counts an association in, unless a cap of its lane is reached.</summary>
    public bool TryAssociate(Entry entry, AssociationLane? lane)
    {
        lane ??= _main;
        lock (_lock)
        {
            var total = _ofLane.GetValueOrDefault(lane.Name);
            var ofAddress = _ofAddress.GetValueOrDefault((lane.Name, entry.Address));
            if (total >= lane.Max || ofAddress >= lane.MaxPerAddress)
            {
                return false;
            }

            _pending.Remove(entry);
            _ofLane[lane.Name] = total + 1;
            _ofAddress[(lane.Name, entry.Address)] = ofAddress + 1;
            entry.Lane = lane.Name;
            return true;
        }
    }

    /// <summary>The association is over; the connection waits, unassociated, for its peer to close.</summary>
    public void EndAssociation(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Lane is not { } lane)
            {
                return;
            }

            entry.Lane = null;
            _ofLane[lane]--;
            _pending.Add(entry);
            if (--_ofAddress[(lane, entry.Address)] == 0)
            {
                _ofAddress.Remove((lane, entry.Address));
            }
        }
    }

    public void Remove(Entry entry)
    {
        EndAssociation(entry);
        lock (_lock)
        {
            _pending.Remove(entry);
        }
    }

    internal sealed class Entry(Socket socket, IPAddress address)
    {
        public Socket Socket { get; } = socket;

        public IPAddress Address { get; } = address;

        /// <summary>Lane that counts its association; null without one.</summary>
        public string? Lane { get; set; }
    }
}
