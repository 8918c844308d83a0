using System.ComponentModel.DataAnnotations;

namespace VMUNet.Data;

/// <summary>Where rows and files are. Section "Data".</summary>
public sealed class PacsDataOptions
{
    /// <summary>Npgsql connection string of the product's database. Set by the host: the site's server, or the private one.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";

    /// <summary>The instance's folder (spool, results, models, keys). Paths in rows are relative to it.</summary>
    [Required]
    public string DataFolder { get; set; } = "";

    /// <summary>Whether an instance's row is on disk before it counts as recorded. Set by the host as Listener:IsDurable says.</summary>
    public bool IsDurable { get; set; } = true;

    /// <summary>Percent of patients whose corrections go to the dev split. Default 10; a drawn split never changes.</summary>
    [Range(0, 50)]
    public int DevPercent { get; set; } = 10;

    /// <summary>Percent of patients whose corrections go to the locked split. Default 20; a drawn split never changes.</summary>
    [Range(0, 50)]
    public int LockedPercent { get; set; } = 20;
}
