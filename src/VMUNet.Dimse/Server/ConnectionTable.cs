using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse;

/// <summary>Who is connected, and the caps of the server over them.</summary>
internal sealed class ConnectionTable(DimseServerOptions options)
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _pending = [];
    private readonly Dictionary<IPAddress, int> _associations = [];
    private int _total;

    /// <summary>Number of associations at the moment.</summary>
    public int Associations
    {
        get
        {
            lock (_lock)
            {
                return _total;
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

    /// <summary>Counts an association in, unless a cap is reached.</summary>
    public bool TryAssociate(Entry entry)
    {
        lock (_lock)
        {
            var ofAddress = _associations.GetValueOrDefault(entry.Address);
            if (_total >= options.MaxAssociations || ofAddress >= options.MaxAssociationsPerAddress)
            {
                return false;
            }

            _pending.Remove(entry);
            _associations[entry.Address] = ofAddress + 1;
            _total++;
            entry.IsAssociated = true;
            return true;
        }
    }

    /// <summary>The association is over; the connection waits, unassociated, for its peer to close.</summary>
    public void EndAssociation(Entry entry)
    {
        lock (_lock)
        {
            if (!entry.IsAssociated)
            {
                return;
            }

            entry.IsAssociated = false;
            _total--;
            _pending.Add(entry);
            if (--_associations[entry.Address] == 0)
            {
                _associations.Remove(entry.Address);
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

        public bool IsAssociated { get; set; }
    }
}
